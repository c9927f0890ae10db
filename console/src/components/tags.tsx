import Badge from '@cloudscape-design/components/badge';
import SpaceBetween from '@cloudscape-design/components/space-between';

export function Tags({ tags }: { tags: Record<string, string> }) {
  return (
    <SpaceBetween direction="horizontal" size="xxs">
      {Object.entries(tags).map(([key, value]) => (
        <Badge key={key}>
          {key}: {value}
        </Badge>
      ))}
    </SpaceBetween>
  );
}
