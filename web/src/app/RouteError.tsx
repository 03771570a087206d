import { useEffect } from 'react';
import { useRouteError } from 'react-router';

import { Button } from '@/components/Button';
import { FullPageMessage, useTitle } from '@/components/Page';

/** What is shown when a page breaks, or when its code does not arrive. */
export function RouteError() {
  const error = useRouteError();
  useTitle('Something broke');
  useEffect(() => console.error(error), [error]);
  return (
    <FullPageMessage
      title="Something broke"
      actions={
        <Button kind="primary" onClick={() => window.location.reload()}>
          Reload the page
        </Button>
      }
    >
      <p>This page could not be shown. Reloading it usually helps, also after an update of NRS Live.</p>
    </FullPageMessage>
  );
}
