"""Insights: what a library holds and what is known of its people, counted, drawn and told."""

from matinee.insights.chart import Chart
from matinee.insights.page import write_page
from matinee.insights.study import Insights, study
from matinee.insights.svg import draw
from matinee.insights.tables import Table, table

__all__ = ["Chart", "Insights", "Table", "draw", "study", "table", "write_page"]
