// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';

import { chooseSmallerPictures, smallerPictures } from '@/features/studio/smaller-pictures';

const DESKTOP = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36';
const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1';

function device(hardwareConcurrency: number, userAgent: string, mobile?: boolean): Navigator {
  const data = mobile === undefined ? {} : { userAgentData: { mobile } };
  return { hardwareConcurrency, userAgent, ...data } as unknown as Navigator;
}

beforeEach(() => localStorage.clear());

test.each([
  { what: 'a computer of six processors', of: device(6, DESKTOP), isOn: true },
  { what: 'a computer of four', of: device(4, DESKTOP), isOn: false },
  { what: 'a phone of six', of: device(6, PHONE), isOn: false },
  { what: 'a phone that says so itself', of: device(8, DESKTOP, true), isOn: false },
  { what: 'a computer that says so itself', of: device(8, DESKTOP, false), isOn: true },
])('$what begins with smaller pictures: $isOn', ({ of, isOn }) => {
  expect(smallerPictures(of)).toEqual({ isOn, because: isOn ? 'strong' : 'weak' });
});

test.each([true, false])('what was chosen once, %s, counts from then on, whatever the device is', (isOn) => {
  expect(chooseSmallerPictures(isOn)).toEqual({ isOn, because: 'chosen' });
  for (const cores of [2, 16]) expect(smallerPictures(device(cores, DESKTOP))).toEqual({ isOn, because: 'chosen' });
});
