package storage

import "testing"

func TestDrivers(t *testing.T) {
	for _, test := range []struct {
		driver     string
		parameters map[string]string
		state      State
		holder     Holder
	}{
		{"ebs.csi.aws.com", nil, Unknown, NobodyKnown},
		{"ebs.csi.aws.com", map[string]string{"encrypted": "true"}, Encrypted, Provider},
		{"ebs.csi.aws.com", map[string]string{"Encrypted": "True", "kmsKeyId": "arn:aws:kms:x"}, Encrypted, Customer},
		{"ebs.csi.aws.com", map[string]string{"encrypted": "false"}, NotEncrypted, NobodyKnown},
		{"kubernetes.io/aws-ebs", map[string]string{"encrypted": "true"}, Encrypted, Provider},
		{"efs.csi.aws.com", map[string]string{"fileSystemId": "fs-1"}, Unknown, NobodyKnown},
		{"pd.csi.storage.gke.io", nil, Encrypted, Provider},
		{"pd.csi.storage.gke.io", map[string]string{"disk-encryption-kms-key": "projects/x"}, Encrypted, Customer},
		{"disk.csi.azure.com", map[string]string{"diskEncryptionSetID": "/subscriptions/x"}, Encrypted, Customer},
		{"cinder.csi.openstack.org", map[string]string{"type": "luks"}, Unknown, NobodyKnown},
		{"rook-ceph.rbd.csi.ceph.com", map[string]string{"encrypted": "true"}, Encrypted, Customer},
		{"rook-ceph.rbd.csi.ceph.com", nil, Unknown, NobodyKnown},
		{"rbd.csi.ceph.com", map[string]string{"encrypted": "false"}, NotEncrypted, NobodyKnown},
		{"driver.longhorn.io", nil, NotEncrypted, NobodyKnown},
		{"driver.longhorn.io", map[string]string{"encrypted": "true"}, Encrypted, Customer},
		{"pxd.portworx.com", map[string]string{"secure": "true"}, Encrypted, Customer},
		{"storage.csi.upcloud.com", map[string]string{"encryption": "data-at-rest"}, Encrypted, Customer},
		{"linodebs.csi.linode.com", map[string]string{"linodebs.csi.linode.com/luks-encrypted": "true"}, Encrypted, Customer},
		{"csi.hetzner.cloud", nil, NotEncrypted, NobodyKnown},
		{"csi.hetzner.cloud", map[string]string{"csi.storage.k8s.io/node-publish-secret-name": "key"}, Encrypted, Customer},
		{"linstor.csi.linbit.com", map[string]string{"linstor.csi.linbit.com/layerList": "drbd luks storage"}, Encrypted, Customer},
		{"zfs.csi.openebs.io", map[string]string{"encryption": "aes-256-gcm"}, Encrypted, Customer},
		{"rancher.io/local-path", nil, Unknown, NobodyKnown},
		{"csi.example.com", map[string]string{"encrypted": "true"}, Unknown, NobodyKnown},
	} {
		have := driver(test.driver, test.parameters)
		if have.state != test.state || have.holder != test.holder {
			t.Errorf("%s %v: %v held by %v, want %v held by %v", test.driver, test.parameters, have.state, have.holder, test.state, test.holder)
		}
		if have.reason == "" {
			t.Errorf("%s %v: no reason", test.driver, test.parameters)
		}
	}
}
