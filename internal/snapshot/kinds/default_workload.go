package kinds

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The defaults of pkg/apis/apps/v1/defaults.go and pkg/apis/batch/v1/defaults.go.

func defaultDeployment(spec *appsv1.DeploymentSpec) {
	defaultPodSpec(&spec.Template.Spec)
	setDefault(&spec.Replicas, 1)
	setDefault(&spec.RevisionHistoryLimit, 10)
	setDefault(&spec.ProgressDeadlineSeconds, 600)
	setString(&spec.Strategy.Type, appsv1.RollingUpdateDeploymentStrategyType)
	if spec.Strategy.Type == appsv1.RollingUpdateDeploymentStrategyType {
		setDefault(&spec.Strategy.RollingUpdate, appsv1.RollingUpdateDeployment{})
		setDefault(&spec.Strategy.RollingUpdate.MaxUnavailable, intstr.FromString("25%"))
		setDefault(&spec.Strategy.RollingUpdate.MaxSurge, intstr.FromString("25%"))
	}
}

func defaultStatefulSet(spec *appsv1.StatefulSetSpec) {
	defaultPodSpec(&spec.Template.Spec)
	setDefault(&spec.Replicas, 1)
	setDefault(&spec.RevisionHistoryLimit, 10)
	setString(&spec.PodManagementPolicy, appsv1.OrderedReadyPodManagement)
	setString(&spec.UpdateStrategy.Type, appsv1.RollingUpdateStatefulSetStrategyType)
	if spec.UpdateStrategy.Type == appsv1.RollingUpdateStatefulSetStrategyType {
		setDefault(&spec.UpdateStrategy.RollingUpdate, appsv1.RollingUpdateStatefulSetStrategy{})
		setDefault(&spec.UpdateStrategy.RollingUpdate.Partition, 0)
	}
	setDefault(&spec.PersistentVolumeClaimRetentionPolicy, appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{})
	setString(&spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted, appsv1.RetainPersistentVolumeClaimRetentionPolicyType)
	setString(&spec.PersistentVolumeClaimRetentionPolicy.WhenScaled, appsv1.RetainPersistentVolumeClaimRetentionPolicyType)
	for i := range spec.VolumeClaimTemplates {
		setDefault(&spec.VolumeClaimTemplates[i].Spec.VolumeMode, corev1.PersistentVolumeFilesystem)
	}
}

func defaultDaemonSet(spec *appsv1.DaemonSetSpec) {
	defaultPodSpec(&spec.Template.Spec)
	setDefault(&spec.RevisionHistoryLimit, 10)
	setString(&spec.UpdateStrategy.Type, appsv1.RollingUpdateDaemonSetStrategyType)
	if spec.UpdateStrategy.Type == appsv1.RollingUpdateDaemonSetStrategyType {
		setDefault(&spec.UpdateStrategy.RollingUpdate, appsv1.RollingUpdateDaemonSet{})
		setDefault(&spec.UpdateStrategy.RollingUpdate.MaxUnavailable, intstr.FromInt32(1))
		setDefault(&spec.UpdateStrategy.RollingUpdate.MaxSurge, intstr.FromInt32(0))
	}
}

func defaultJob(spec *batchv1.JobSpec) {
	defaultPodSpec(&spec.Template.Spec)
	if spec.Completions == nil && spec.Parallelism == nil {
		setDefault(&spec.Completions, 1)
		setDefault(&spec.Parallelism, 1)
	}
	setDefault(&spec.Parallelism, 1)
	if spec.BackoffLimitPerIndex == nil {
		setDefault(&spec.BackoffLimit, 6)
	}
	setDefault(&spec.CompletionMode, batchv1.NonIndexedCompletion)
	setDefault(&spec.Suspend, false)
	setDefault(&spec.ManualSelector, false)
	if spec.PodFailurePolicy != nil {
		setDefault(&spec.PodReplacementPolicy, batchv1.Failed)
	}
	setDefault(&spec.PodReplacementPolicy, batchv1.TerminatingOrFailed)
}

func defaultCronJob(spec *batchv1.CronJobSpec) {
	defaultPodSpec(&spec.JobTemplate.Spec.Template.Spec)
	setString(&spec.ConcurrencyPolicy, batchv1.AllowConcurrent)
	setDefault(&spec.Suspend, false)
	setDefault(&spec.SuccessfulJobsHistoryLimit, 3)
	setDefault(&spec.FailedJobsHistoryLimit, 1)
}
