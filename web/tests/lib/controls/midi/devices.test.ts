// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { MidiDevices } from '@/lib/controls/midi/devices';
import { LEARN_QUIET_MS } from '@/lib/controls/midi/learn';
import { ControlSurface } from '@/lib/controls/surface';

import { deckWith, deskWith, RecordingDesk } from '../../../support/desk';
import { FakeMidi } from '../../../support/fake-midi';

const PLAY = [0x90, 0x0b, 127];

let midi: FakeMidi;
let port: RecordingDesk;
let devices: MidiDevices;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  midi = new FakeMidi();
  port = new RecordingDesk();
  devices = new MidiDevices(new ControlSurface(port), midi.request);
});
afterEach(() => {
  devices.close();
  vi.useRealTimers();
});

test('a controller we know plays as soon as it is there, whatever the system adds to its name', async () => {
  await devices.open();
  const { input } = midi.plug('2- DDJ-400 MIDI 1');
  expect(input.connection).toBe('open');
  input.play(PLAY, [0x91, 0x0b, 127]);
  expect(port.sent).toEqual([
    { command: 'Play', deck: 0, playing: true },
    { command: 'Play', deck: 1, playing: true },
  ]);
});

test('its lights show the desk, and only what changes is sent', async () => {
  await devices.open();
  const { output } = midi.plug('DDJ-400');
  output.take();
  const playing = deckWith({ playing: true, track: null });
  port.become(deskWith({ decks: [playing, deckWith()] }));
  port.become(deskWith({ decks: [playing, deckWith()], crossfader: 1 }));
  expect(output.take()).toEqual([[0x90, 0x0b, 127]]);
});

test('its lights go out when the desk is left', async () => {
  await devices.open();
  const { output } = midi.plug('DDJ-400');
  port.become(deskWith({ decks: [deckWith({ playing: true }), deckWith()] }));
  output.take();
  devices.close();
  expect(output.take()).toContainEqual([0x90, 0x0b, 0]);
});

test('a controller that is pulled out lets go of what it held, and is taken up again', async () => {
  await devices.open();
  midi.plug('DDJ-400').input.play([0x90, 0x0c, 127]);
  midi.unplug('DDJ-400');
  expect(port.sent.map(({ command }) => command)).toEqual(['PressCue', 'ReleaseCue']);
  expect(devices.getSnapshot().devices).toEqual([]);
  midi.plug('DDJ-400').input.play(PLAY);
  expect(port.sent.at(-1)).toEqual({ command: 'Play', deck: 0, playing: true });
});

test('a part is learned, kept for that device, and there after a reload', async () => {
  await devices.open();
  const { input } = midi.plug('Homemade');
  input.play([0xb0, 5, 64]);
  expect(port.sent).toEqual([]);
  devices.learn('crossfader');
  input.play([0xb0, 5, 60], [0xb0, 5, 62], [0xb0, 5, 63]);
  expect(port.sent).toEqual([]);
  vi.advanceTimersByTime(LEARN_QUIET_MS + 50);
  expect(devices.getSnapshot()).toMatchObject({ learning: null, learned: { control: 'crossfader', mode: 'absolute' } });
  input.play([0xb0, 5, 64]);
  expect(port.sent).toMatchObject([{ command: 'MoveCrossfader' }]);

  const later = new MidiDevices(new ControlSurface(port), midi.request);
  await later.open();
  expect(later.getSnapshot().devices[0]?.map.bindings).toHaveLength(1);
  later.close();
});

test('a map that was kept and is damaged gives way to ours', async () => {
  localStorage.setItem('nrs.midi.DDJ-400', '{"name":');
  await devices.open();
  midi.plug('DDJ-400');
  expect(devices.getSnapshot().devices[0]?.map.bindings.length).toBeGreaterThan(40);
});

test('learning can be given up', async () => {
  await devices.open();
  const { input } = midi.plug('DDJ-400');
  devices.learn('deck2.cue');
  devices.learn(null);
  input.play(PLAY);
  expect(port.sent).toHaveLength(1);
});

test('who refuses is told so, and may think again', async () => {
  const request = vi
    .fn()
    .mockRejectedValueOnce(new DOMException('no', 'SecurityError'))
    .mockImplementation(midi.request);
  const asking = new MidiDevices(new ControlSurface(port), request);
  await asking.open();
  expect(asking.getSnapshot().access).toBe('refused');
  await asking.open();
  expect(asking.getSnapshot().access).toBe('granted');
  asking.close();
});

test('a browser without Web MIDI says so', async () => {
  const without = new MidiDevices(new ControlSurface(port), null);
  await without.open();
  expect(without.getSnapshot().access).toBe('unsupported');
  without.close();
});
