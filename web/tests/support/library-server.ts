import type { Crate, Playlist, Played, QueueEntry, Recording, Track } from '@/api/library/types';

const GENRES = ['House', 'Techno', 'Drum & bass', 'Disco', 'Ambient', 'Garage'];
const WORDS = [
  'Night',
  'Signal',
  'Harbour',
  'Neon',
  'Glass',
  'Ritual',
  'Vapour',
  'Concrete',
  'Halo',
  'Static',
  'Amber',
  'Drift',
];
const ARTISTS = ['Osk', 'Mira Volt', 'Kolyma', 'Deep Arcade', 'Lune & the Tide', 'Tessellate', 'Nadia Rook', 'PLMR'];

export function trackWith(changes: Partial<Track> = {}): Track {
  return {
    id: 't1',
    title: 'Night Signal',
    artist: 'Osk',
    album: '',
    genre: 'House',
    year: 2025,
    comment: '',
    fileUrl: '/files/t1.mp3',
    fileSize: 9_000_000,
    durationS: 312,
    uploadDate: '2026-03-04T10:00:00Z',
    status: 'ready',
    problem: null,
    bpm: 124,
    bpmConfidence: 0.9,
    grid: { bpm: 124, firstDownbeatS: 0.1 },
    key: 'A minor',
    camelot: '8A',
    lufs: -9,
    hasCover: false,
    playCount: 0,
    lastPlayedAt: null,
    crateIds: [],
    ...changes,
  };
}

/** `count` tracks that differ as those of a real library do, the same ones each time. */
export function manyTracks(count: number): Track[] {
  return Array.from({ length: count }, (_, index) => {
    const bpm = 90 + ((index * 37) % 880) / 10;
    return trackWith({
      id: `track-${index}`,
      title: `${WORDS[index % 12] ?? ''} ${WORDS[(index * 7 + 3) % 12] ?? ''}${index % 5 === 0 ? ' (Extended Mix)' : ''}`,
      artist: ARTISTS[(index * 3) % 8] ?? '',
      genre: GENRES[(index * 5) % 6] ?? '',
      bpm,
      bpmConfidence: ((index * 13) % 100) / 100,
      grid: { bpm, firstDownbeatS: 0.2 },
      camelot: `${(index % 12) + 1}${index % 3 === 0 ? 'B' : 'A'}`,
      durationS: 180 + ((index * 53) % 300),
      uploadDate: new Date(Date.UTC(2026, 8, 20) - index * 7_200_000).toISOString(),
      playCount: (index * 11) % 40,
    });
  });
}

interface Asked extends Partial<Track> {
  name?: string;
  trackId?: string;
  trackIds?: string[];
  entryIds?: string[];
}

/** The platform's library, as far as ARCHITECTURE.md states it, in memory; it keeps what it was asked. */
export class LibraryServer {
  tracks: Track[];
  crates: Crate[] = [];
  playlists: (Playlist & { trackIds: string[] })[] = [];
  queue: QueueEntry[] = [];
  played: Played[] = [];
  recordings: Recording[] = [];
  storage = {
    usedBytes: 3_400_000_000,
    limitBytes: 5_368_709_120,
    recordingsBytes: 900_000_000,
    recordingsLimitBytes: 53_687_091_200,
  };
  readonly asked: string[] = [];
  /** Answers the next request that begins so with a refusal, once. */
  refuseNext: { request: string; status: number; code: string; message: string } | null = null;
  #lastId = 0;

  constructor(tracks: Track[] = []) {
    this.tracks = tracks;
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input, 'http://nrs.test');
    const method = init?.method ?? 'GET';
    const path = url.pathname.replace('/api/v1', '');
    this.asked.push(`${method} ${path}${url.search}`);
    const refused = this.refuseNext;
    if (refused !== null && `${method} ${path}`.startsWith(refused.request)) {
      this.refuseNext = null;
      const error = { code: refused.code, message: refused.message };
      return Response.json({ success: false, error }, { status: refused.status });
    }
    const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as Asked) : {};
    const data = await this.#answer(method, path, url.searchParams, body);
    if (data === undefined) {
      return Response.json(
        { success: false, error: { code: 'NOT_FOUND', message: 'There is none.' } },
        { status: 404 },
      );
    }
    return Response.json({ success: true, data });
  };

  #answer(method: string, path: string, query: URLSearchParams, body: Asked): unknown {
    const [, area, id, part, last] = path.split('/').slice(1);
    switch (`${method} ${area ?? ''}`) {
      case 'GET tracks':
        return this.#page(query);
      case 'GET track':
        return this.#track(id);
      case 'PATCH track':
        this.tracks = this.tracks.map((track) => (track.id === id ? edited(track, body) : track));
        return this.#track(id);
      case 'DELETE track':
        this.tracks = this.tracks.filter((track) => track.id !== id);
        return {};
      case 'POST track':
        return this.#track(id);
      case 'GET crates':
        return { crates: this.crates };
      case 'POST crates':
        this.crates.push({ id: this.#id('crate'), name: body.name ?? '', trackCount: 0 });
        return { crate: this.crates.at(-1) };
      case 'PUT crates':
        this.tracks = this.tracks.map((track) =>
          track.id === last ? { ...track, crateIds: [...track.crateIds, id ?? ''] } : track,
        );
        this.crates = this.crates.map((crate) =>
          crate.id === id ? { ...crate, trackCount: crate.trackCount + 1 } : crate,
        );
        return part === 'tracks' ? {} : undefined;
      case 'GET playlists': {
        if (id === undefined) return { playlists: this.playlists };
        const playlist = this.playlists.find((one) => one.id === id);
        return playlist && { playlist, tracks: playlist.trackIds.map((one) => this.#track(one)?.track) };
      }
      case 'PUT playlists':
        this.playlists = this.playlists.map((one) =>
          one.id === id ? { ...one, trackIds: body.trackIds ?? [], trackCount: (body.trackIds ?? []).length } : one,
        );
        return {};
      case 'GET queue':
        return { entries: this.queue };
      case 'POST queue': {
        const track = this.#track(body.trackId)?.track;
        if (track) this.queue = [...this.queue, { id: this.#id('entry'), track }];
        return track && {};
      }
      case 'PUT queue': {
        const ids: string[] = body.entryIds ?? [];
        this.queue = ids
          .map((one) => this.queue.find((entry) => entry.id === one))
          .filter((entry) => entry !== undefined);
        return {};
      }
      case 'DELETE queue':
        this.queue = id === undefined ? [] : this.queue.filter((entry) => entry.id !== id);
        return {};
      case 'GET history':
        return { items: this.played, pagination: { total: this.played.length, page: 1, perPage: 100, totalPages: 1 } };
      case 'GET recordings':
        return {
          items: this.recordings,
          pagination: { total: this.recordings.length, page: 1, perPage: 50, totalPages: 1 },
        };
      case 'DELETE recordings':
        this.recordings = this.recordings.filter((recording) => recording.id !== id);
        return {};
      case 'GET storage':
        return this.storage;
      default:
        return undefined;
    }
  }

  #id(kind: string): string {
    this.#lastId += 1;
    return `${kind}-${this.#lastId}`;
  }

  #track(id: string | undefined): { track: Track } | undefined {
    const track = this.tracks.find((one) => one.id === id);
    return track && { track };
  }

  #page(query: URLSearchParams): unknown {
    const words = (query.get('search') ?? '').toLowerCase().split(' ').filter(Boolean);
    const camelot = (query.get('camelot') ?? '').split(',').filter(Boolean);
    const crateId = query.get('crateId');
    const matching = this.tracks.filter(
      (track) =>
        words.every((word) => `${track.title} ${track.artist} ${track.genre}`.toLowerCase().includes(word)) &&
        (camelot.length === 0 || camelot.includes(track.camelot ?? '')) &&
        (crateId === null || track.crateIds.includes(crateId)) &&
        (query.get('status') ?? track.status) === track.status &&
        (track.bpm ?? 0) >= Number(query.get('bpmMin') ?? 0),
    );
    const by = { duration: 'durationS', key: 'camelot' }[query.get('sort') ?? ''] ?? query.get('sort') ?? 'uploadDate';
    const sign = query.get('order') === 'asc' ? 1 : -1;
    const valueOf = (track: Track): string | number => (track as unknown as Record<string, string | number>)[by] ?? '';
    const sorted = [...matching].sort(
      (a, b) => sign * (valueOf(a) < valueOf(b) ? -1 : valueOf(a) > valueOf(b) ? 1 : 0),
    );
    const page = Number(query.get('page') ?? 1);
    const perPage = Number(query.get('perPage') ?? 20);
    const pagination = { total: sorted.length, page, perPage, totalPages: Math.ceil(sorted.length / perPage) };
    return { items: sorted.slice((page - 1) * perPage, page * perPage), pagination };
  }
}

function edited(track: Track, body: Partial<Track>): Track {
  return { ...track, ...body, bpm: body.grid?.bpm ?? track.bpm, bpmConfidence: body.grid ? null : track.bpmConfidence };
}
