import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { type ReactNode, useEffect, useState } from 'react';
import { useNavigate } from 'react-router';

import { completeSignIn, type Person, signedIn, signIn } from '../session/session';
import { SessionContext } from '../session/SessionContext';
import { signing } from '../texts/common';

function Waiting() {
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" /> <Box variant="span">{signing.signingIn}</Box>
    </Box>
  );
}

/** Shows its children to who is signed in; leads the others to the sign-in. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [person, setPerson] = useState<Person | null>(null);
  useEffect(() => {
    void signedIn().then((found) => (found ? setPerson(found) : signIn()));
  }, []);
  return person ? <SessionContext value={person}>{children}</SessionContext> : <Waiting />;
}

// The code can be exchanged once, and React may run an effect twice.
let exchange: Promise<string> | undefined;

/** Where the sign-in page comes back to. */
export function SignedInPage() {
  const navigate = useNavigate();
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    exchange ??= completeSignIn();
    exchange.then(
      (path) => void navigate(path, { replace: true }),
      (failure: unknown) => setError(failure instanceof Error ? failure : new Error(String(failure))),
    );
  }, [navigate]);
  if (!error) {
    return <Waiting />;
  }
  return (
    <Box padding="xxl">
      <Alert
        type="error"
        header={signing.failedTitle}
        action={<Button onClick={() => void signIn('/')}>{signing.again}</Button>}
      >
        {error.message}
      </Alert>
    </Box>
  );
}

export function SignedOutPage() {
  return (
    <Box textAlign="center" padding="xxxl">
      <SpaceBetween size="m">
        <Box variant="h1">{signing.signedOutTitle}</Box>
        <Box>{signing.signedOut}</Box>
        <Button variant="primary" onClick={() => void signIn('/')}>
          {signing.signIn}
        </Button>
      </SpaceBetween>
    </Box>
  );
}
