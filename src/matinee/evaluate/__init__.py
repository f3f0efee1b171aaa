"""Measuring: judged queries, metrics, reports."""
