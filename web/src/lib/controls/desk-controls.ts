/** What belongs to no deck: crossfader, master, headphones, microphone, and the library. */
import { fromUnit, toUnit, type Control } from './control';

const MASTER_DB = { low: -60, high: 12 };

export const DESK_CONTROLS: readonly Control[] = [
  {
    id: 'crossfader',
    label: 'Crossfader',
    group: 'Mixer',
    range: {
      read: (desk) => toUnit(desk.crossfader, -1, 1),
      write: (_, value) => [{ command: 'MoveCrossfader', position: fromUnit(value, -1, 1) }],
      rest: 0.5,
    },
  },
  {
    id: 'master',
    label: 'Master',
    group: 'Mixer',
    range: {
      read: (desk) => toUnit(desk.masterDb, MASTER_DB.low, MASTER_DB.high),
      write: (_, value) => [{ command: 'SetMaster', db: fromUnit(value, MASTER_DB.low, MASTER_DB.high) }],
      rest: toUnit(0, MASTER_DB.low, MASTER_DB.high),
    },
  },
  {
    id: 'headphones.blend',
    label: 'Headphones: cue to mix',
    group: 'Mixer',
    range: {
      read: (desk) => desk.headphones.blend,
      write: (desk, value) => [{ command: 'SetHeadphones', ...desk.headphones, blend: value }],
      rest: 0,
    },
  },
  {
    id: 'headphones.gain',
    label: 'Headphones: loudness',
    group: 'Mixer',
    range: {
      read: (desk) => toUnit(desk.headphones.db, MASTER_DB.low, MASTER_DB.high),
      write: (desk, value) => [
        { command: 'SetHeadphones', ...desk.headphones, db: fromUnit(value, MASTER_DB.low, MASTER_DB.high) },
      ],
      rest: toUnit(0, MASTER_DB.low, MASTER_DB.high),
    },
  },
  {
    id: 'headphones.split',
    label: 'Headphones: split',
    group: 'Mixer',
    press: (desk) => [{ command: 'SetHeadphones', ...desk.headphones, split: !desk.headphones.split }],
    isLit: (desk) => desk.headphones.split,
  },
  {
    id: 'microphone',
    label: 'Microphone',
    group: 'Mixer',
    press: (desk) => [{ command: 'SetMicrophone', on: !desk.microphone.on, db: desk.microphone.db }],
    isLit: (desk) => desk.microphone.on,
  },
  {
    id: 'recording',
    label: 'Record',
    group: 'Mixer',
    press: (desk) => [{ command: 'SetRecording', on: !desk.recording }],
    isLit: (desk) => desk.recording,
  },
  {
    id: 'auto_dj',
    label: 'Auto-DJ',
    group: 'Mixer',
    press: (desk) => [{ command: 'SetAutoDj', on: !desk.autoDj.on }],
    isLit: (desk) => desk.autoDj.on,
  },
  {
    id: 'library.browse',
    label: 'Choose a track',
    group: 'Library',
    turn: (_, steps) => [{ library: 'move', steps }],
  },
  { id: 'library.up', label: 'Track above', group: 'Library', press: () => [{ library: 'move', steps: -1 }] },
  { id: 'library.down', label: 'Track below', group: 'Library', press: () => [{ library: 'move', steps: 1 }] },
  {
    id: 'library.load',
    label: 'Load to the free deck',
    group: 'Library',
    press: () => [{ library: 'load', deck: null }],
  },
  { id: 'library.queue', label: 'Queue the chosen track', group: 'Library', press: () => [{ library: 'queue' }] },
  { id: 'library.search', label: 'Search', group: 'Library', press: () => [{ library: 'search' }] },
];
