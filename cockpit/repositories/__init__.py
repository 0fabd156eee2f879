"""Reading: the published file, the action store, the company's name. SQL stands here and nowhere else."""
