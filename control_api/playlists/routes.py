"""/dj/playlists: tracks in an order."""

from http import HTTPStatus

from aiohttp import web

from control_api.api.access import Access
from control_api.api.envelopes import Nothing
from control_api.api.router import Routes
from control_api.identity import Actor, Role
from control_api.playlists.errors import PlaylistNameTaken, PlaylistNotFound, TooManyPlaylists
from control_api.playlists.models import PlaylistId
from control_api.playlists.service import PlaylistService
from control_api.playlists.views import (
    OnePlaylistView,
    PlaylistPath,
    PlaylistRequest,
    PlaylistsView,
    PlaylistTracksRequest,
    PlaylistTracksView,
    PlaylistView,
)
from control_api.tracks.errors import TrackNotFound
from control_api.tracks.models import TrackId
from control_api.tracks.routes import LINKS

PLAYLISTS = web.AppKey("playlists", PlaylistService)
routes = Routes("Playlists")
djs = Access.of(Role.DJ)


@routes.get("/dj/playlists", access=djs)
async def list_playlists(request: web.Request, actor: Actor) -> PlaylistsView:
    """Get one's playlists

    By name.
    """
    playlists = await request.app[PLAYLISTS].all(actor.user_id)
    return PlaylistsView(playlists=[PlaylistView.of(playlist) for playlist in playlists])


@routes.post("/dj/playlists", access=djs, status=HTTPStatus.CREATED, errors=[PlaylistNameTaken, TooManyPlaylists])
async def create_playlist(request: web.Request, actor: Actor, body: PlaylistRequest) -> OnePlaylistView:
    """Make a playlist"""
    playlist = await request.app[PLAYLISTS].create(actor.user_id, body.name)
    return OnePlaylistView(playlist=PlaylistView.of(playlist))


@routes.get("/dj/playlists/{id}", access=djs, errors=[PlaylistNotFound])
async def get_playlist(request: web.Request, actor: Actor, path: PlaylistPath) -> PlaylistTracksView:
    """Get a playlist with its tracks"""
    playlist, tracks = await request.app[PLAYLISTS].get(actor.user_id, PlaylistId(path.id))
    return PlaylistTracksView.of(playlist, tracks, request.app[LINKS])


@routes.patch("/dj/playlists/{id}", access=djs, errors=[PlaylistNotFound, PlaylistNameTaken])
async def rename_playlist(
    request: web.Request, actor: Actor, path: PlaylistPath, body: PlaylistRequest
) -> OnePlaylistView:
    """Rename a playlist"""
    playlist = await request.app[PLAYLISTS].rename(actor.user_id, PlaylistId(path.id), body.name)
    return OnePlaylistView(playlist=PlaylistView.of(playlist))


@routes.delete("/dj/playlists/{id}", access=djs, errors=[PlaylistNotFound])
async def delete_playlist(request: web.Request, actor: Actor, path: PlaylistPath) -> Nothing:
    """Delete a playlist

    Its tracks stay in the library.
    """
    await request.app[PLAYLISTS].delete(actor.user_id, PlaylistId(path.id))
    return Nothing()


@routes.put("/dj/playlists/{id}/tracks", access=djs, errors=[PlaylistNotFound, TrackNotFound])
async def set_playlist_tracks(
    request: web.Request, actor: Actor, path: PlaylistPath, body: PlaylistTracksRequest
) -> PlaylistTracksView:
    """Say what is in a playlist, all of it in order"""
    track_ids = [TrackId(track_id) for track_id in body.track_ids]
    playlist, tracks = await request.app[PLAYLISTS].set_tracks(actor.user_id, PlaylistId(path.id), track_ids)
    return PlaylistTracksView.of(playlist, tracks, request.app[LINKS])
