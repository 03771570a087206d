"""What a DJ has played and recorded, and how much room it takes."""
