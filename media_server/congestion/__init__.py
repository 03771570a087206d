"""How much a viewer's path carries, what to send over it, and at which pace. Sans-IO; see ARCHITECTURE."""
