import type { Schemas } from '../../../api/client';

export type { Schemas };

export type Pipeline = Schemas['Pipeline'];
export type Stage = Schemas['PipelineStage'];
export type Strategy = Schemas['Strategy'];
export type LiveStages = Schemas['LiveStages'];
export type LiveStage = Schemas['LiveStage'];
export type LiveStep = Schemas['LiveStep'];
export type LiveCodePipeline = Schemas['LiveCodePipeline'];
export type StageStatus = Schemas['StageStatus'];
export type ActionStatus = Schemas['ActionStatus'];
export type RunStatus = Schemas['RunStatus'];
export type Run = Schemas['Run'];
export type RunDetails = Schemas['RunDetails'];
export type RunStage = Schemas['RunStage'];
export type RunAction = Schemas['RunAction'];
export type Deployment = Schemas['DeploymentView'];
export type DeploymentStatus = Schemas['DeploymentStatus'];
export type Revision = Schemas['PipelineRevision'];
export type Step = Schemas['Step'];
export type Credentials = Schemas['Credentials'];
export type Orphan = Schemas['PipelineOrphan'];
export type StageResources = Schemas['StageResources'];
export type Branch = Schemas['Branch'];
export type Browsed = Schemas['Browsed'];
export type FileMode = Schemas['FileMode'];
