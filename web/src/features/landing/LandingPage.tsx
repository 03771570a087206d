import { useTitle } from '@/components/Page';

import { Hero } from './Hero';
import { LiveSection } from './LiveSection';
import { RoleSplit } from './RoleSplit';
import { ReplaysRow } from './ReplaysRow';
import { UpcomingRow } from './UpcomingRow';
import { useFilter } from './useFilter';

export function LandingPage() {
  useTitle('');
  const filter = useFilter();
  return (
    <>
      <Hero />
      <RoleSplit chosen={filter.role} />
      <LiveSection filter={filter} />
      {filter.search === '' && (
        <>
          <UpcomingRow role={filter.role} />
          <ReplaysRow />
        </>
      )}
    </>
  );
}
