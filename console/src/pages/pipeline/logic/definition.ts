import type { Pipeline, Schemas } from './types';

/** What `POST /pipelines` takes to create a pipeline like this one. */
export function definitionOf(pipeline: Pipeline): Schemas['CreatePipeline'] {
  const { name, description, tags, team, cicdEnvironmentId, strategy, stages } = pipeline;
  return {
    name,
    description,
    tags,
    team,
    cicdEnvironmentId,
    strategy,
    stages: stages.map((stage) => ({
      name: stage.name,
      environmentId: stage.environmentId,
      manualApproval: stage.manualApproval,
    })),
  };
}
