"""How good answers are: data sets, measures, the tasks to develop on, figures of each leg and of their fusion."""
