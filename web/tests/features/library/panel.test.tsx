// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { session } from '@/api/client';
import { SessionContext } from '@/components/session';
import { LibraryPanel } from '@/features/library/LibraryPanel';
import { SurfaceContext } from '@/lib/controls/context';
import { ControlSurface } from '@/lib/controls/surface';
import { DeskContext } from '@/lib/mix/desk-port';

import { deckWith, deskWith, padWith, RecordingDesk } from '../../support/desk';
import { LibraryServer, manyTracks, trackWith } from '../../support/library-server';

let server: LibraryServer;
let desk: RecordingDesk;
let surface: ControlSurface;

const token = `x.${btoa(JSON.stringify({ iat: 0, exp: 9000 }))}.x`;
const onDeck = {
  id: 'other',
  title: 'X',
  artist: null,
  bpm: 124,
  key: 'A minor',
  camelot: '8A',
  durationS: 1,
  gridFrame: 0,
};

beforeEach(() => {
  server = new LibraryServer(manyTracks(300));
  desk = new RecordingDesk(deskWith({ decks: [deckWith({ playing: true, track: onDeck }), deckWith()] }));
  surface = new ControlSurface(desk);
  vi.stubGlobal('fetch', server.fetch);
  session.signIn(token, { id: 'u1', email: 'o@example.com', username: 'Osk', role: 'dj' });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function open(): Promise<HTMLElement> {
  render(
    <SessionContext value={session}>
      <DeskContext value={desk}>
        <SurfaceContext value={surface}>
          <LibraryPanel />
        </SurfaceContext>
      </DeskContext>
    </SessionContext>,
  );
  await screen.findAllByTestId('track-row');
  return screen.getByTestId('track-grid');
}

const note = (text: RegExp) => waitFor(() => expect(screen.getByTestId('library-note').textContent).toMatch(text));
const rowsAsked = () => server.asked.filter((one) => one.startsWith('GET /dj/tracks'));

test('a few rows of a long list are drawn, and the grid says how many there are', async () => {
  const grid = await open();
  expect(grid.getAttribute('aria-rowcount')).toBe('301');
  expect(screen.getAllByTestId('track-row').length).toBeLessThan(60);
  expect(rowsAsked()).toHaveLength(1);
});

test('Enter loads what is marked to the free deck, Shift and a number to that one unless it plays', async () => {
  const grid = await open();
  fireEvent.keyDown(grid, { key: 'ArrowDown' });
  const marked = grid.querySelector('[aria-selected="true"]');
  expect(grid.getAttribute('aria-activedescendant')).toBe(marked?.id);
  fireEvent.keyDown(grid, { key: 'Enter' });
  await note(/is on deck 2/);
  fireEvent.keyDown(grid, { key: '!', code: 'Digit1', shiftKey: true });
  await note(/Deck 1 is playing/);
  expect(desk.loads).toEqual([[1, marked?.getAttribute('data-track')]]);
});

test('a controller moves the mark and loads as the keys do', async () => {
  const grid = await open();
  surface.turn('library.browse', 3);
  await waitFor(() => expect(grid.querySelector('[aria-selected="true"]')?.getAttribute('data-row')).toBe('3'));
  surface.press('deck2.load');
  await waitFor(() => expect(desk.loads).toHaveLength(1));
});

test('keys that go with what plays are lit', async () => {
  await open();
  for (const row of screen.getAllByTestId('track-row')) {
    const isLit = row.textContent.includes('goes with what plays');
    expect(isLit, row.textContent).toBe(/(7A|8A|9A|8B)( goes with|\d+:)/.test(row.textContent));
  }
  expect(screen.getAllByText('goes with what plays').length).toBeGreaterThan(0);
});

test('a search waits for the typing to pause, and says when nothing matches', async () => {
  await open();
  fireEvent.change(screen.getByTestId('library-search'), { target: { value: 'zzz' } });
  await screen.findByText('Nothing matches');
  expect(rowsAsked().at(-1)).toContain('search=zzz');
  fireEvent.click(screen.getByText('Show all tracks'));
  await screen.findAllByTestId('track-row');
});

test('a head sorts, and sorts the other way when pressed again', async () => {
  await open();
  fireEvent.click(screen.getByTestId('sort-bpm'));
  await waitFor(() => expect(rowsAsked().at(-1)).toContain('sort=bpm&order=asc'));
  fireEvent.click(screen.getByTestId('sort-bpm'));
  await waitFor(() => expect(rowsAsked().at(-1)).toContain('sort=bpm&order=desc'));
});

test('Q queues what is marked, and the queue can be put in another order by key', async () => {
  const grid = await open();
  fireEvent.keyDown(grid, { key: 'q', code: 'KeyQ' });
  await note(/queued/);
  fireEvent.keyDown(grid, { key: 'ArrowDown' });
  fireEvent.keyDown(grid, { key: 'q', code: 'KeyQ' });
  await waitFor(() => expect(server.queue).toHaveLength(2));
  const before = server.queue.map(({ id }) => id);
  fireEvent.click(screen.getByTestId('queue-toggle'));
  const entries = await screen.findAllByTestId('queue-entry');
  fireEvent.keyDown(entries[0] ?? grid, { key: 'ArrowDown', altKey: true });
  await waitFor(() => expect(server.queue.map(({ id }) => id)).toEqual(before.toReversed()));
});

test('what the platform refuses is said', async () => {
  const grid = await open();
  server.refuseNext = { request: 'POST /dj/queue', status: 409, code: 'QUEUE_FULL', message: 'The queue has no room.' };
  fireEvent.keyDown(grid, { key: 'q', code: 'KeyQ' });
  await note(/no room/);
});

test('a track that is in work, held or rejected says so, and cannot be loaded', async () => {
  server.tracks = [
    trackWith({ id: 'a', title: 'A', status: 'processing', uploadDate: '2026-03-03T00:00:00Z' }),
    trackWith({
      id: 'b',
      title: 'B',
      status: 'rejected',
      problem: { code: 'SILENT', message: 'There is no sound in it.' },
      uploadDate: '2026-03-02T00:00:00Z',
    }),
  ];
  const grid = await open();
  expect(grid.textContent).toContain('Checking and analysing');
  expect(grid.textContent).toContain('There is no sound in it.');
  fireEvent.keyDown(grid, { key: 'Enter' });
  await note(/not ready/);
  expect(desk.loads).toEqual([]);
});

test('an empty library says how tracks come into it', async () => {
  server.tracks = [];
  render(
    <SessionContext value={session}>
      <LibraryPanel />
    </SessionContext>,
  );
  expect((await screen.findByTestId('library-empty')).textContent).toContain('Drop tracks here');
});

test('a library that cannot be read can be asked for again', async () => {
  server.refuseNext = { request: 'GET /dj/tracks', status: 503, code: 'SERVICE_UNAVAILABLE', message: 'Not now.' };
  render(
    <SessionContext value={session}>
      <LibraryPanel />
    </SessionContext>,
  );
  await screen.findByText('Not now.');
  fireEvent.click(screen.getByText('Try again'));
  await screen.findAllByTestId('track-row');
});

test('deleting asks first', async () => {
  const grid = await open();
  fireEvent.keyDown(grid, { key: 'Delete' });
  expect(server.asked.some((one) => one.startsWith('DELETE'))).toBe(false);
  fireEvent.click(await screen.findByTestId('confirm'));
  await waitFor(() => expect(server.tracks).toHaveLength(299));
});

test('a track goes on a pad of the sampler from its menu, by keys alone', async () => {
  desk.become(deskWith({ pads: [padWith({ track: { id: 'horn', title: 'Airhorn' } }), ...deskWith().pads.slice(1)] }));
  const grid = await open();
  const marked = grid.querySelector('[aria-selected="true"]');
  fireEvent.keyDown(grid, { key: 'F10', shiftKey: true });
  fireEvent.click(screen.getByRole('menuitem', { name: 'Put on a pad' }));
  expect(screen.getByRole('menuitem', { name: 'Pad 1: Airhorn' })).toBe(document.activeElement);
  fireEvent.keyDown(screen.getByRole('menu'), { key: 'ArrowDown' });
  fireEvent.click(document.activeElement ?? grid);
  await note(/is on pad 2/);
  expect(desk.padLoads).toEqual([[1, marked?.getAttribute('data-track')]]);
  expect(screen.queryByRole('menu')).toBeNull();
});

test('without recordings it is said how to make one', async () => {
  await open();
  fireEvent.click(screen.getByRole('button', { name: 'Recordings' }));
  expect((await screen.findByTestId('recordings-empty')).textContent).toContain('Press REC');
});

test('a recording shows its set, length and size, and is deleted once that is confirmed', async () => {
  server.recordings = [
    {
      id: 'r1',
      streamId: 's1',
      streamTitle: 'Warehouse',
      startedAt: '2026-03-04T21:30:00Z',
      durationS: 3725,
      bytes: 412_000_000,
      fileUrl: '/api/v1/files?link=x',
    },
  ];
  await open();
  fireEvent.click(screen.getByRole('button', { name: 'Recordings' }));
  const recording = await screen.findByTestId('recorded-mix');
  expect(recording.textContent).toMatch(/Warehouse.*2026.*1:02:05.*MB/);
  fireEvent.click(screen.getByTestId('recording-delete'));
  expect(server.recordings).toHaveLength(1);
  fireEvent.click(await screen.findByTestId('confirm'));
  await screen.findByTestId('recordings-empty');
  expect(server.asked).toContain('DELETE /dj/recordings/r1');
});

async function openPlaylist(...trackIds: string[]): Promise<HTMLElement> {
  server.playlists = [
    { id: 'p1', name: 'Warm-up', trackCount: trackIds.length, trackIds },
  ];
  await open();
  fireEvent.click(await screen.findByRole('button', { name: /Warm-up/ }));
  await waitFor(() => expect(screen.getAllByTestId('track-row')).toHaveLength(trackIds.length));
  return screen.getByTestId('track-grid');
}

const kept = () => server.playlists[0]?.trackIds;
const shown = () => screen.getAllByTestId('track-row').map((row) => row.dataset.track);

test('a playlist is put in order by Alt and an arrow, however fast', async () => {
  const grid = await openPlaylist('track-5', 'track-6', 'track-7', 'track-8');
  fireEvent.keyDown(grid, { key: 'ArrowDown', altKey: true });
  fireEvent.keyDown(grid, { key: 'ArrowDown', altKey: true });
  expect(shown()).toEqual(['track-6', 'track-7', 'track-5', 'track-8']);
  await waitFor(() => expect(kept()).toEqual(['track-6', 'track-7', 'track-5', 'track-8']));
  await note(/is now 3 of 4/);
  fireEvent.keyDown(grid, { key: 'ArrowUp', altKey: true });
  await waitFor(() => expect(kept()).toEqual(['track-6', 'track-5', 'track-7', 'track-8']));
});

test('a playlist is put in order by dragging, and the list of all tracks is not', async () => {
  const dragged = new Map<string, string>();
  const dataTransfer = {
    setData: (type: string, value: string) => dragged.set(type, value),
    getData: (type: string) => dragged.get(type) ?? '',
    get types() {
      return [...dragged.keys()];
    },
  };
  const drag = (from: number, over: number): void => {
    dragged.clear();
    const rows = screen.getAllByTestId('track-row');
    const [held, under] = [rows[from], rows[over]];
    if (held === undefined || under === undefined) throw new Error('There are fewer rows.');
    // Rows have no height here: what is over one is over its upper half.
    fireEvent.dragStart(held, { dataTransfer });
    fireEvent.dragOver(under, { dataTransfer });
    fireEvent.drop(under, { dataTransfer });
  };
  await openPlaylist('track-5', 'track-6', 'track-7');
  drag(2, 0);
  await waitFor(() => expect(kept()).toEqual(['track-7', 'track-5', 'track-6']));
  expect(shown()).toEqual(['track-7', 'track-5', 'track-6']);
  fireEvent.click(screen.getByRole('button', { name: 'All tracks' }));
  await waitFor(() => expect(screen.getAllByTestId('track-row').length).toBeGreaterThan(3));
  drag(2, 0);
  expect(server.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(1);
});
