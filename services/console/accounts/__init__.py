"""Who may sign in to the console, who has, and what each may ask for."""
