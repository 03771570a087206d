"""The DJ engine: decks, mixing desk, effects, tracks and their analysis. It knows no network and no users."""
