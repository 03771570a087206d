"""Pictures of streams for listings: the newest key frame, and an animation of the last few."""
