"""The worker's HTTP face: WHIP, WHEP and HLS. The only room of this package that knows aiohttp."""
