/**
 * Hercules DJControl Inpulse 200, from the map that Hercules' technical support gave to Mixxx
 * (Hercules_DJControl_Inpulse_200.midi.xml); not tried on the device. Channels and numbers are all in that map. How the
 * jog wheel counts is not: its script reads it, and 1 and 127 for a step either way are unconfirmed here. What proves
 * wrong on a device can be learned anew. Decks are on channels 1 and 2, with Shift on 4 and 5, their pads on 6 and 7; it
 * has no middle band.
 */
import type { Binding, MidiMap } from './map';

function deck(index: number): Binding[] {
  const channel = index + 1;
  const to = (name: string): string => `deck${index + 1}.${name}`;
  const note = (number: number, name: string, on = channel): Binding => ({
    kind: 'note',
    channel: on,
    number,
    mode: 'button',
    control: to(name),
  });
  const knob = (number: number, name: string): Binding => ({
    kind: 'cc',
    channel,
    number,
    mode: 'absolute',
    control: to(name),
  });
  const shift = channel + 3;
  const pads = channel + 5;
  return [
    note(0x07, 'play'),
    note(0x06, 'cue'),
    note(0x05, 'sync'),
    note(0x0c, 'listen'),
    note(0x0d, 'load'),
    note(0x09, 'beatloop'),
    note(0x0a, 'reloop'),
    note(0x05, 'leader', shift),
    note(0x09, 'loop_halve', shift),
    note(0x0a, 'loop_double', shift),
    knob(0x00, 'fader'),
    knob(0x01, 'filter'),
    knob(0x02, 'eq_low'),
    knob(0x04, 'eq_high'),
    knob(0x05, 'trim'),
    { kind: 'cc', channel, number: 0x08, mode: 'absolute14', control: to('pitch') },
    { kind: 'cc', channel, number: 0x09, mode: 'twos', control: to('jog') },
    { kind: 'cc', channel, number: 0x0a, mode: 'twos', control: to('jog') },
    ...Array.from({ length: 4 }, (_, number) => [
      note(number, `hotcue${number + 1}`, pads),
      note(number + 8, `hotcue${number + 1}_clear`, pads),
    ]).flat(),
  ];
}

export const HERCULES_INPULSE_200: MidiMap = {
  name: 'DJControl Inpulse 200',
  bindings: [
    ...deck(0),
    ...deck(1),
    { kind: 'cc', channel: 0, number: 0x00, mode: 'absolute', control: 'crossfader' },
    { kind: 'cc', channel: 0, number: 0x01, mode: 'twos', control: 'library.browse' },
    { kind: 'note', channel: 0, number: 0x00, mode: 'button', control: 'library.load' },
    { kind: 'note', channel: 0, number: 0x03, mode: 'button', control: 'auto_dj' },
  ],
};
