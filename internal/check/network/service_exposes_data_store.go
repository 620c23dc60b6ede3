package network

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ServiceExposesDataStore fails Services that make a database or queue reachable
// from outside the cluster.
func ServiceExposesDataStore() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "service-exposes-data-store",
			Title:    "Service publishes a database or message queue",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Databases on public addresses are found within hours and tried with default and leaked passwords; several of them ask for none. " +
				"What is lost is the data itself.",
			Remediation: "Make the Service type ClusterIP. Clients outside the cluster come over a private network: an internal load balancer with loadBalancerSourceRanges.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.MITRE("T1133"), model.CWE("CWE-668"),
				model.Docs("concepts/services-networking/service/#publishing-services-service-types"),
			},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			who := audienceOf(s)
			if who == clusterOnly {
				c.Skip()
				return
			}
			for i := range s.Spec.Ports {
				failExposed(c, s, who, i, dataStore(&s.Spec.Ports[i]))
			}
		},
	}
}

// dataStore names the database or queue that listens on a port, or "".
func dataStore(port *corev1.ServicePort) string {
	if port.Protocol != corev1.ProtocolTCP {
		return ""
	}
	number := port.Port
	if port.TargetPort.Type == intstr.Int {
		number = port.TargetPort.IntVal
	}
	switch number {
	case 3306, 33060:
		return "MySQL"
	case 5432:
		return "PostgreSQL"
	case 1433:
		return "SQL Server"
	case 1521:
		return "Oracle Database"
	case 6379, 26379:
		return "Redis"
	case 27017, 27018, 27019:
		return "MongoDB"
	case 9200, 9300:
		return "Elasticsearch"
	case 9042:
		return "Cassandra"
	case 5984:
		return "CouchDB"
	case 8086:
		return "InfluxDB"
	case 11211:
		return "Memcached"
	case 2181:
		return "ZooKeeper"
	case 9092:
		return "Kafka"
	case 5672, 15672:
		return "RabbitMQ"
	default:
		return ""
	}
}
