"""What was asked, to legs and a fusion with a reason: data, before anything runs."""
