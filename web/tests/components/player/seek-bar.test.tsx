// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';

import { SeekBar } from '@/components/player/SeekBar';

afterEach(cleanup);

function open(value = -60) {
  const onSeek = vi.fn();
  render(
    <SeekBar
      min={-600}
      max={0}
      value={value}
      nameOf={(at) => `${at}`}
      sayOf={(at) => `${-at} seconds ago`}
      onSeek={onSeek}
    />,
  );
  return { slider: screen.getByRole('slider'), onSeek };
}

test('the place is read out', () => {
  expect(open().slider.getAttribute('aria-valuetext')).toBe('60 seconds ago');
});

test.each([
  ['ArrowLeft', -65],
  ['ArrowRight', -55],
  ['PageDown', -120],
])('%s goes to %d', (key, to) => {
  const { slider, onSeek } = open();
  fireEvent.keyDown(slider, { key });
  expect(onSeek.mock.calls).toEqual([[to]]);
});

test('keys do not lead out of what there is', () => {
  const { slider, onSeek } = open(-2);
  fireEvent.keyDown(slider, { key: 'ArrowRight' });
  expect(onSeek.mock.calls).toEqual([[0]]);
});

test('a drag goes where it is let go, and nowhere on the way', () => {
  const { slider, onSeek } = open();
  slider.setPointerCapture = vi.fn();
  fireEvent.pointerDown(slider, { pointerId: 1 });
  fireEvent.change(slider, { target: { value: '-300' } });
  fireEvent.change(slider, { target: { value: '-400' } });
  expect(onSeek).not.toHaveBeenCalled();
  expect(slider.getAttribute('aria-valuetext')).toBe('400 seconds ago');
  fireEvent.pointerUp(slider, { pointerId: 1 });
  expect(onSeek.mock.calls).toEqual([[-400]]);
});
