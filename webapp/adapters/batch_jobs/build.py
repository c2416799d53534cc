"""Builds the client of the cluster that runs batch jobs, a Ray cluster with its Jobs API."""

from webapp.adapters.batch_jobs.port import BatchCluster
from webapp.adapters.batch_jobs.ray_jobs import RayBatchCluster
from webapp.config import Settings


def build_batch_cluster(settings: Settings) -> BatchCluster:
    return RayBatchCluster.from_settings(settings)
