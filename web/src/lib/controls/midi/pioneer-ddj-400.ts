/**
 * Pioneer DDJ-400, from Mixxx's map of it (Pioneer-DDJ-400.midi.xml, and its script for the jog wheels); not tried on the
 * device. That map names every number of deck 1 but those below; of deck 2 it names play, cue, sync, load, pitch, trim,
 * fader, filter and the lights of the pads, and the rest is taken to be as on deck 1, a channel on (pads: two channels).
 * Unconfirmed: `listen` (0x54), the jog wheel's 0x21 and 0x23 beside 0x22, and the press of the browse knob (0x41).
 * What proves wrong on a device can be learned anew.
 */
import type { Binding, MidiMap } from './map';

const SHARED = 6;

function deck(index: number): Binding[] {
  const to = (name: string): string => `deck${index + 1}.${name}`;
  const pads = 7 + 2 * index;
  const note = (number: number, name: string, channel = index): Binding => ({
    kind: 'note',
    channel,
    number,
    mode: 'button',
    control: to(name),
  });
  const fine = (number: number, name: string, channel = index): Binding => ({
    kind: 'cc',
    channel,
    number,
    mode: 'absolute14',
    control: to(name),
  });
  const jog = (number: number): Binding => ({ kind: 'cc', channel: index, number, mode: 'offset', control: to('jog') });
  return [
    note(0x0b, 'play'),
    note(0x0c, 'cue'),
    note(0x58, 'sync'),
    note(0x54, 'listen'),
    note(0x10, 'loop_in'),
    note(0x11, 'loop_out'),
    note(0x4d, 'reloop'),
    note(0x46 + index, 'load', SHARED),
    fine(0x00, 'pitch'),
    fine(0x04, 'trim'),
    fine(0x07, 'eq_high'),
    fine(0x0b, 'eq_mid'),
    fine(0x0f, 'eq_low'),
    fine(0x13, 'fader'),
    fine(0x17 + index, 'filter', SHARED),
    // The rim, and the top of the platter with vinyl on and off.
    jog(0x21),
    jog(0x22),
    jog(0x23),
    ...Array.from({ length: 8 }, (_, number) => [
      note(number, `hotcue${number + 1}`, pads),
      // With Shift the pads are on the channel above.
      note(number, `hotcue${number + 1}_clear`, pads + 1),
    ]).flat(),
  ];
}

const shared = (number: number, control: string): Binding => ({
  kind: 'cc',
  channel: SHARED,
  number,
  mode: 'absolute14',
  control,
});

export const PIONEER_DDJ_400: MidiMap = {
  name: 'DDJ-400',
  bindings: [
    ...deck(0),
    ...deck(1),
    shared(0x1f, 'crossfader'),
    shared(0x08, 'master'),
    shared(0x0c, 'headphones.blend'),
    shared(0x0d, 'headphones.gain'),
    { kind: 'cc', channel: SHARED, number: 0x40, mode: 'twos', control: 'library.browse' },
    { kind: 'note', channel: SHARED, number: 0x41, mode: 'button', control: 'library.load' },
  ],
};
