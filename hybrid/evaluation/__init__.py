"""How good answers are: measures, the tasks to develop on, figures of each leg and of their fusion."""
