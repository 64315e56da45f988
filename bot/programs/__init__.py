"""Programs: what is taught here, what it costs and when, and the recordings for those who take part."""
