// Generated from docs/openapi.json by `npm run schema`.

export interface paths {
    "/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the environments that you may see */
        get: operations["listEnvironments"];
        put?: never;
        /**
         * Link an AWS account and region
         * @description A link reserves nothing until a verification finds it ready. One that no pipeline uses and that is not verified ends after 7 days.
         */
        post: operations["linkEnvironment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environments/{environmentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an environment */
        get: operations["getEnvironment"];
        put?: never;
        post?: never;
        /** Unlink an environment that no pipeline uses */
        delete: operations["unlinkEnvironment"];
        options?: never;
        head?: never;
        /** Change an environment */
        patch: operations["changeEnvironment"];
        trace?: never;
    };
    "/environments/{environmentId}/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check that the platform can work there */
        post: operations["verifyEnvironment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environment-template/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The CloudFormation template that accounts' owners deploy
         * @description It needs no token.
         */
        get: operations["getEnvironmentTemplate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environments/{environmentId}/pipelines/{pipelineId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Evict a pipeline's stages from an environment
         * @description For the environment's team, whoever owns the pipeline. The way into the stages is closed at once, and a revision without them is recorded as yours and deployed. A pipeline that has no other stages is deleted; its repository is kept. The applications' stacks stay: the answer's orphans hold the commands that delete them.
         */
        delete: operations["evictPipeline"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environments/{environmentId}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was asked for about an environment, the newest first
         * @description Who asked for what, when, from where, and how it was answered, refusals included. For the environment's team. Entries can be read for 400 days.
         */
        get: operations["listEnvironmentAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was asked for about a pipeline, the newest first
         * @description Who asked for what, when, from where, and how it was answered: changes, credentials, approvals, runs, and what was refused. For all who may read the pipeline; credentials are told to its team and that of its CICD environment. Entries can be read for 400 days.
         */
        get: operations["listPipelineAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the pipelines that you may see */
        get: operations["listPipelines"];
        put?: never;
        /**
         * Create a pipeline and start its deployment
         * @description With dryRun=true the answer says what that would do, and nothing is written: refusals are the same, an Idempotency-Key has no meaning, and the request does not count for the limit of changes.
         */
        post: operations["createPipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a pipeline
         * @description Also for the teams of its stages' environments, without the repository.
         */
        get: operations["getPipeline"];
        put?: never;
        post?: never;
        /**
         * Delete a pipeline
         * @description Deletes the pipeline's stacks and artifacts, then its record. It deletes the repository only if you ask for that. During a deployment the deletion is accepted at once and follows it. A deletion that failed says why in the pipeline's last deployment; deleting the pipeline again resumes it. The application's own stacks stay: the answer's orphans name them with the commands that delete them. Administrators can read the history of a deleted pipeline for 90 days.
         */
        delete: operations["deletePipeline"];
        options?: never;
        head?: never;
        /**
         * Change a pipeline and deploy it
         * @description A change during a deployment is accepted at once and deployed after it; several are deployed together. A change that changes nothing is answered with the present record, and nothing happens. With dryRun=true the answer says what the change would do, and nothing is written: refusals are the same, and the request does not count for the limit of changes. Its ETag is the present revision: send it as If-Match to make just that change.
         */
        patch: operations["changePipeline"];
        trace?: never;
    };
    "/pipelines/{pipelineId}/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get credentials that can pull from and push to the pipeline's repository, for an hour
         * @description Credentials are never stored, so an idempotency key cannot bring the same ones back: each call gives new ones. It changes
         *     nothing, so repeating it does no harm.
         */
        post: operations["issueCredentials"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/stages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show the stages as CodePipeline knows them: what is deployed, what is on its way, and who must approve */
        get: operations["getStages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a folder or a file of the pipeline's repository
         * @description Files of more than 1 MiB (1,048,576 bytes) cannot be read here: clone the repository.
         */
        get: operations["browseFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/branches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the branches of the pipeline's repository with their heads */
        get: operations["listBranches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/stages/{stage}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what is deployed in the stage's account: the application's stack
         * @description The stack is found by the name that the rendered repository gives it: one that developers renamed in app.py is not found.
         */
        get: operations["getResources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a pipeline's revisions, the newest first
         * @description Each definition that the pipeline had: who asked for it, when, by which request, and what it changed. The newest 100 are kept. Every number that `revision` of a pipeline had is one of them: a request to delete the pipeline makes a revision too, whose definition is the one before it. To deploy again makes none: the deployment names the present revision. For all who may read the pipeline.
         */
        get: operations["listRevisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/revisions/{revision}/restoration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore an earlier revision of a pipeline and deploy it
         * @description Makes a new revision with the description, the tags and the stages of the earlier one. It is a change like that of `changePipeline`: for the same callers, by the same rules as they are now, and merged with what developers changed in the repository. If it cannot be, `errors` name the stages, with pointers into the definition of the revision. To restore what the pipeline is already changes nothing. A revision that there never was, or that is not kept any more, is answered with 404 and those that are kept.
         */
        post: operations["restoreRevision"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a pipeline's deployments, the newest first */
        get: operations["listDeployments"];
        put?: never;
        /** Deploy the present revision again */
        post: operations["redeployPipeline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/deployments/{deploymentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a deployment with its steps */
        get: operations["getDeployment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a pipeline's runs, the newest first
         * @description The executions of all its CodePipelines in one list. CodePipeline keeps them for twelve months. The list is empty while there is no CodePipeline.
         */
        get: operations["listRuns"];
        put?: never;
        /**
         * Start the CodePipeline; in gitflow that of a stage
         * @description It delivers the head of its branch. The body may be left out unless a stage must be named.
         */
        post: operations["startRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/runs/{runId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a run with its stages and actions, and of a failed build the end of its log
         * @description The end of a log is its last 100 lines, 16 KiB at most. Credentials in it are masked, by what they look like and by the names that they stand behind: builds should print none all the same.
         */
        get: operations["getRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/runs/{runId}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a run
         * @description Actions that run are finished, so that no deployment stops in the middle. An approval that the run waits for is abandoned. A run that is being stopped already gets the same answer.
         */
        post: operations["stopRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/stages/{stage}/approval": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve or reject what waits in a stage
         * @description For the team of the stage's environment. Where the environment says FOUR_EYES, nobody may approve who has changed the pipeline or got its credentials since the last approved run of the stage. Everybody in the team may reject.
         */
        post: operations["answerApproval"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pipelines/{pipelineId}/stages/{stage}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try the failed actions of a stage's last run again
         * @description The stage's deployment, or its approval, which asks again after it was rejected. Where none of these has failed, but what comes before all stages (source, build, in cdk-trunk the pipeline's update of itself), that is tried again. The run keeps its commit: what was fixed by a push comes with the run that the push starts.
         */
        post: operations["retryStage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/redeployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List redeployments, the newest first
         * @description Those that your teams may ask for, of the last 90 days; of several teams, one team after the other. Administrators see all, and those that events and the schedule asked for. How far one is: read it by its id.
         */
        get: operations["listRedeployments"];
        put?: never;
        /**
         * Deploy any number of pipelines again
         * @description Deploys the present revision of each of these pipelines, as many at once as the platform's setting allows. One pipeline: who may deploy it; those of an environment: who may change it; those of a strategy, or all: administrators. The same can be asked for by an event of the type Pipeline Redeploy Requested on the platform's bus; the redeployment then has the event's id.
         */
        post: operations["requestRedeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/redeployments/{redeploymentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how far a redeployment is
         * @description Whoever may ask for a redeployment may read it for 90 days. When what it names is gone, only administrators may.
         */
        get: operations["getRedeployment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/redeployments/{redeploymentId}/cancellation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a redeployment
         * @description No further deployment starts; those that are under way end by themselves. Cancelling again, or after the end, changes nothing.
         */
        post: operations["cancelRedeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read who you are and what you may create
         * @description What your token says: a change of your groups shows with the next token, after an hour at most.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A change of permissions. */
        AccessChange: {
            logicalId: string;
            type: string;
            /** @description What becomes of the resource. */
            change: components["schemas"]["ChangeKind"];
            /** @description What that means, a sentence each. */
            words: string[];
            /** @description What else changes of a role or policy, such as its tags, and what the words are about. */
            properties?: components["schemas"]["PropertyChange"][];
        };
        /** @description An AWS account id: twelve digits. A string: leading zeros are part of it. */
        AccountId: string;
        /**
         * @description What was asked for: the operations of the API that change something, by their ids.
         * @enum {string}
         */
        Action: "linkEnvironment" | "changeEnvironment" | "verifyEnvironment" | "unlinkEnvironment" | "evictPipeline" | "createPipeline" | "changePipeline" | "restoreRevision" | "deletePipeline" | "redeployPipeline" | "issueCredentials" | "answerApproval" | "retryStage" | "startRun" | "stopRun" | "requestRedeployment" | "cancelRedeployment";
        /** @description Why a stage failed. */
        ActionError: {
            /** @description The action that failed. */
            actionName: string;
            /** @description What the service says. */
            message: string;
            /** @description Where to see what it ran, such as the build's log. */
            url?: string | null;
        };
        /**
         * @description How a try of an action, or what a run did in a stage, goes.
         * @enum {string}
         */
        ActionStatus: "IN_PROGRESS" | "WAITING_FOR_APPROVAL" | "SUCCEEDED" | "FAILED" | "STOPPED";
        /** @description A resource that is new. */
        AddedResource: {
            logicalId: string;
            type: string;
        };
        /** @description An answer to an approval. */
        AnswerApproval: {
            /** @description Whether the run goes on. */
            decision: components["schemas"]["Decision"];
            comment?: components["schemas"]["Comment"] | null;
            runId?: components["schemas"]["RunId"] | null;
        };
        /** @description An answered approval. */
        AnsweredApproval: {
            /** @description The pipeline's stage. */
            stage: components["schemas"]["StageName"];
            /** @description The answer. */
            decision: components["schemas"]["Decision"];
            /** @description What was said to it. */
            comment: components["schemas"]["Comment"];
            /** @description Who answered. */
            by: components["schemas"]["Username"];
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The run. */
            runId: components["schemas"]["RunId"];
            /** @description The commit that it delivers. */
            commitId?: string | null;
        };
        /** @description An approval that waits. */
        Approval: components["schemas"]["RunCommit"] & {
            /** @description The CodePipeline's stage that holds it. */
            stageName: string;
            /** @description The action that a person approves. */
            actionName: string;
            /**
             * Format: date-time
             * @description Since when it waits.
             */
            waitingSince?: string | null;
            /** @description The run that waits. */
            runId?: string | null;
            /** @description Who may answer: the team of the stage's environment. */
            team: components["schemas"]["TeamName"];
        };
        /**
         * @description Who may approve where the stage's team may.
         * @enum {string}
         */
        ApprovalRule: "ANYBODY" | "FOUR_EYES";
        /** @description What an entry of the audit trail says, to who reads the trail and to who hears the event. */
        AuditEntry: {
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            at: string;
            /** @description Who asked. */
            by: components["schemas"]["Username"];
            /** @description The address that the request came from; missing for what the platform did by itself. */
            sourceAddress?: string | null;
            requestId?: components["schemas"]["RequestId"] | null;
            /** @description What was asked for: the id of an operation of this API. */
            action: components["schemas"]["Action"];
            /** @description How it was answered. */
            outcome: components["schemas"]["AuditOutcome"];
            /** @description What was done; of what was refused, the kind of problem and why. */
            detail?: string | null;
        };
        /**
         * @description How it was answered.
         * @enum {string}
         */
        AuditOutcome: "ACCEPTED" | "REFUSED";
        /**
         * @description The qualifier of a CDK bootstrap: part of the names of its roles and buckets, 1-10 of `[a-z0-9]`
         *     (the CDK takes capitals, too, but its bucket cannot be made then).
         */
        BootstrapQualifier: string;
        /** @description A branch with its head. */
        Branch: {
            /** @description Its name. */
            name: string;
            /** @description The stages that are delivered from it. */
            stages: components["schemas"]["StageName"][];
            /** @description The commit at its head. */
            commitId: string;
            /** @description The commit's message: its first 1,000 characters. */
            message: string;
            /** @description Who wrote the commit: the name in git's settings, which nobody checks. */
            author?: string | null;
            /**
             * Format: date-time
             * @description When it was committed.
             */
            committedAt?: string | null;
        };
        /** @description A branch's name, by the rules of CodeCommit: 1-256 characters, not 40 hex digits, which name a commit. */
        BranchName: string;
        /** @description What becomes of a branch. */
        BranchPreview: {
            /** @description Its name. */
            name: string;
            /** @description Its present head; missing if it is created. */
            head?: string | null;
            /** @description Whether it is created: main with the first commit, others from what main is then. */
            created: boolean;
            /** @description The files that one commit writes; none if the branch is as it should be. */
            files: components["schemas"]["FilePreview"][];
        };
        /** @description A folder or a file of a repository. */
        Browsed: components["schemas"]["FolderOrFile"] & {
            /** @description The branch. */
            branch: components["schemas"]["BranchName"];
            /** @description Its head, which this was read from. */
            commitId: string;
            /** @description The path from the repository's root; empty for the root itself. */
            path: components["schemas"]["FilePath"];
        };
        /** @description The end of a build's log. */
        BuildLog: {
            /** @description Its last lines: 100 at most, and 16 KiB. Credentials are masked as `***`. */
            lines: string[];
            /** @description Whether lines before these are left out. */
            truncated: boolean;
            /** @description Why there are no lines, if the log cannot be read. */
            problem?: string | null;
        };
        /** @description Why pipelines are deployed again, which decides whether one that is as it should be is deployed, too. */
        Cause: {
            /** @enum {string} */
            kind: "REQUESTED";
        } | {
            /** @enum {string} */
            kind: "SCHEDULED";
        } | {
            /** @description The environment. */
            environmentId: components["schemas"]["EnvironmentId"];
            /** @enum {string} */
            kind: "ENVIRONMENT_CHANGED";
        } | {
            /** @description The ARN that the stack had. */
            stackId: string;
            /** @description The account that it was in. */
            accountId: components["schemas"]["AccountId"];
            /** @enum {string} */
            kind: "STACK_DELETED";
        } | {
            /** @description What differs, in words. */
            differences: string[];
            /** @enum {string} */
            kind: "DRIFTED";
        } | {
            /** @enum {string} */
            kind: "IN_SYNC";
        };
        /** @description A change of an environment. */
        ChangeEnvironment: {
            /** @description A new label. */
            label?: components["schemas"]["Label"];
            /**
             * @description The whole new list of invited teams; null for none. To invite a team lets its pipelines deploy here with the rights of the
             *     CDK bootstrap, by default an administrator's. To leave one out ends at once that its pipelines are changed, deployed or run and
             *     that their credentials are handed out.
             */
            invitedTeams?: components["schemas"]["TeamName"][] | null;
            permissionsBoundary?: components["schemas"]["PermissionsBoundary"] | null;
            bootstrapQualifier?: components["schemas"]["BootstrapQualifier"] | null;
            selfMutation?: components["schemas"]["SelfMutation"] | null;
            approval?: components["schemas"]["ApprovalRule"] | null;
            credentials?: components["schemas"]["HandOut"] | null;
        };
        /**
         * @description What becomes of a resource that gives permissions.
         * @enum {string}
         */
        ChangeKind: "ADDED" | "CHANGED" | "REPLACED" | "REMOVED";
        /** @description A change of a pipeline. */
        ChangePipeline: {
            description?: components["schemas"]["Description"] | null;
            tags?: components["schemas"]["Tags"] | null;
            /** @description The whole new list of stages, in order; each has its own name. */
            stages?: components["schemas"]["StageRequest"][];
        };
        /** @description An environment that was changed. */
        ChangedEnvironment: components["schemas"]["Environment"] & {
            withdrawn?: components["schemas"]["Withdrawn"] | null;
        };
        /** @description What `PATCH /pipelines/{pipelineId}` answers: the pipeline, or for a dry run what would become of it. */
        ChangedPipeline: components["schemas"]["Pipeline"] | components["schemas"]["Preview"];
        /** @description A resource that is changed in place. */
        ChangedResource: {
            logicalId: string;
            type: string;
            /** @description What changes of it. Empty where it only follows a resource that is replaced. */
            properties: components["schemas"]["PropertyChange"][];
            /** @description The resources that it refers to and that are replaced. */
            follows?: string[];
            /** @description Whether CloudFormation may make it anew instead: its registry does not say for certain. */
            mayBeReplaced?: boolean;
        };
        /** @description What closed the way into a stage of a CodePipeline. */
        Closed: {
            /** @description What was said when it was closed. */
            reason: string;
            /**
             * Format: date-time
             * @description Since when it is closed.
             */
            since?: string | null;
            /** @description Who closed it: the ARN that CodePipeline names. */
            by?: string | null;
        };
        /** @description The way into a stage, which somebody has closed: CodePipeline calls it a disabled transition. */
        ClosedWay: components["schemas"]["Closed"] & {
            /** @description The CodePipeline's stage that nothing gets into. */
            stageName: string;
        };
        /** @description A comment on an answer: up to 350 characters, line breaks allowed. `CodePipeline` takes 512, the person's name included. */
        Comment: string;
        /** @description The commits that a deployment made or found. */
        Commit: {
            /** @description The repository. */
            repositoryName: string;
            /** @description The branch. */
            branch: string;
            /** @description The head of the branch after the step. */
            commitId: string;
            /** @description Whether the step made it, or the head of another branch; false when there was nothing to commit. */
            changed: boolean;
            /** @description The other branches that stages are delivered from, and their heads after the step. */
            branches?: {
                [key: string]: string;
            };
        };
        /**
         * @description What a template is compared with.
         * @enum {string}
         */
        ComparedWith: "DEPLOYED" | "RENDERED";
        /** @description Where developers' changes contradict the platform's. */
        ConflictPreview: {
            /** @description The file and the place in it, in words. */
            detail: string;
            /** @description The lines of the branch's file; empty where there is no such file, or where it is no text. */
            lines: components["schemas"]["LineRange"][];
        };
        /** @description A request to create a pipeline. */
        CreatePipeline: {
            /** @description Its name. */
            name: components["schemas"]["PipelineName"];
            description?: components["schemas"]["Description"] | null;
            tags?: components["schemas"]["Tags"] | null;
            /** @description The team that owns it. */
            team: components["schemas"]["TeamName"];
            /** @description Where repository and CICD stack go. */
            cicdEnvironmentId: components["schemas"]["EnvironmentId"];
            /** @description How it delivers. */
            strategy: components["schemas"]["Strategy"];
            /** @description Its stages, in order; each has its own name. */
            stages: components["schemas"]["StageRequest"][];
        };
        /** @description Temporary credentials as the AWS CLI's `credential_process` reads them; it ignores `cloneCommand`. */
        Credentials: {
            /**
             * Format: int32
             * @description The version of this form.
             */
            Version: number;
            /** @description The access key. */
            AccessKeyId: string;
            /** @description Its secret. */
            SecretAccessKey: string;
            /** @description What marks the key as temporary. */
            SessionToken: string;
            /**
             * Format: date-time
             * @description When they end.
             */
            Expiration: string;
            /** @description The command that clones the repository, once the credentials are a profile's. */
            cloneCommand: string;
        };
        /**
         * @description What an approval is answered with.
         * @enum {string}
         */
        Decision: "APPROVED" | "REJECTED";
        /** @description The commit that a run delivers. */
        DeliveredCommit: {
            /** @description Its id. */
            id: string;
            /** @description Its message: its first 1,000 characters. */
            message?: string | null;
            /** @description Who wrote it: the name in git's settings, which nobody checks. */
            author?: string | null;
        };
        /** @description How a pipeline delivers now. */
        Delivery: {
            run?: components["schemas"]["RunSummary"] | null;
            /** @description The approvals that wait, the oldest first. */
            waiting: components["schemas"]["WaitingApproval"][];
        };
        /** @description What stands in a stage. */
        Deployed: components["schemas"]["RunCommit"] & {
            /** @description The run that brought it. */
            runId: string;
            /**
             * Format: date-time
             * @description When the run was done with the stage.
             */
            at?: string | null;
        };
        /** @description A deployment's record. */
        Deployment: {
            /** @description Its id. */
            id: components["schemas"]["DeploymentId"];
            /** @description The pipeline. */
            pipelineId: components["schemas"]["PipelineId"];
            /** @description What it does. */
            kind?: components["schemas"]["Operation"];
            /** @description Whether a deletion deletes the repository, too. */
            deleteRepository?: boolean | null;
            /** @description The revision that it deploys. */
            revision: components["schemas"]["Revision"];
            /** @description How far it is. */
            status: components["schemas"]["DeploymentStatus"];
            /** @description Who or what asked for it. */
            requestedBy: components["schemas"]["Username"];
            requestId?: components["schemas"]["RequestId"] | null;
            /** @description The execution of the state machine. */
            executionArn?: string | null;
            /** @description The workflow's steps, once it has ended. */
            steps?: components["schemas"]["Step"][];
            commit?: components["schemas"]["Commit"] | null;
            /** @description The stacks, support stacks first, once they are there. */
            stacks?: components["schemas"]["StackOutcome"][];
            failure?: components["schemas"]["Failure"] | null;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When the workflow began.
             */
            startedAt?: string | null;
            /**
             * Format: date-time
             * @description When it ended.
             */
            endedAt?: string | null;
        };
        /** @description A deployment's id: a ULID in lower case, 26 characters. Later ids sort after earlier ones. */
        DeploymentId: string;
        /**
         * @description How far a deployment is.
         * @enum {string}
         */
        DeploymentStatus: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED";
        /** @description What a pipeline's record says of its last deployment. */
        DeploymentSummary: {
            /** @description The deployment. */
            id: components["schemas"]["DeploymentId"];
            /** @description What it does. */
            kind?: components["schemas"]["Operation"];
            /** @description The revision that it deploys. */
            revision: components["schemas"]["Revision"];
            /** @description How far it is. */
            status: components["schemas"]["DeploymentStatus"];
            requestId?: components["schemas"]["RequestId"] | null;
            failure?: components["schemas"]["Failure"] | null;
        };
        /** @description A deployment as clients see it. */
        DeploymentView: components["schemas"]["Deployment"] & {
            /** @description The workflow's execution in Step Functions' console, once it has begun. */
            executionUrl?: string | null;
        };
        /**
         * @description What a pipeline is for, in the words of its team: up to 1,000 bytes of UTF-8, lines allowed.
         *
         *     CodeCommit takes 1,000 characters, CloudFormation 1,024 bytes.
         */
        Description: string;
        /**
         * @description An `If-Match`: entity tags, separated by commas, or `*` for any revision.
         *
         *     The answer's `ETag` is an entity tag. Weak ones never match.
         */
        EntityTags: string;
        /** @description An environment as clients see it. */
        Environment: {
            /** @description Its id. */
            id: components["schemas"]["EnvironmentId"];
            /** @description What people call it. */
            label: components["schemas"]["Label"];
            /** @description The account. */
            accountId: components["schemas"]["AccountId"];
            /** @description The region. */
            region: components["schemas"]["Region"];
            /** @description The team that owns it. */
            team: components["schemas"]["TeamName"];
            /**
             * @description Teams that may see it and use it in pipelines: what their pipelines deliver is deployed there with the rights of the CDK
             *     bootstrap, by default an administrator's.
             */
            invitedTeams: components["schemas"]["TeamName"][];
            permissionsBoundary?: components["schemas"]["PermissionsBoundary"] | null;
            /** @description The CDK bootstrap used there. */
            bootstrapQualifier: components["schemas"]["BootstrapQualifier"];
            /**
             * @description Whose cdk-trunk pipelines may have it as their CICD environment: whoever can push to one is administrator of the account, and
             *     of every account that trusts it.
             */
            selfMutation: components["schemas"]["SelfMutation"];
            /** @description Who of its team may approve what goes there. */
            approval: components["schemas"]["ApprovalRule"];
            /** @description Whether the platform hands out credentials for the repositories there. */
            credentials: components["schemas"]["HandOut"];
            /** @description The role that the platform assumes there. */
            roleArn: string;
            /** @description What the role's trust asks for; only for those who may change the environment. */
            externalId?: string | null;
            /**
             * @description The commands for the account's owner, in order; only for those who may change the environment. The last deploys the platform's
             *     role, for an account that pipelines of other accounts deliver to. Run again, it updates the role, and keeps what was chosen.
             */
            setup?: string[] | null;
            /**
             * @description What the account's owner may let the platform do there, with the command for each choice in place of the last one of `setup`;
             *     only for those who may change the environment.
             */
            setupChoices?: components["schemas"]["SetupChoice"][] | null;
            pipelines?: components["schemas"]["HostedPipelines"] | null;
            /** @description Whether the platform can work there, by the last verification. */
            status: components["schemas"]["EnvironmentStatus"];
            /** @description What the last verification found, and the commands that fix it. */
            problems: components["schemas"]["EnvironmentProblem"][];
            /**
             * Format: date-time
             * @description When it was last verified.
             */
            verifiedAt?: string | null;
            /**
             * Format: date-time
             * @description When the link ends, unless it is verified or used before; only while it waits for its first verification that finds it ready.
             */
            expiresAt?: string | null;
            redeploymentId?: components["schemas"]["RedeploymentId"] | null;
            /** @description The number of the last accepted change. */
            revision: components["schemas"]["Revision"];
            /** @description Who linked it. */
            owner: components["schemas"]["Username"];
            /**
             * Format: date-time
             * @description When it was linked.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            updatedAt: string;
        };
        /** @description An environment's id: `env-` and 8 of `[a-z0-9]`, the first a letter. */
        EnvironmentId: string;
        /** @description Something that a verification found, and what fixes it. */
        EnvironmentProblem: {
            /**
             * @description A stable name: that of the error which a deployment would end in, or `AccountTaken` if another environment has the account
             *     and region.
             */
            code: string;
            /** @description What is wrong. */
            detail: string;
            /** @description The command that fixes it, if one does. */
            command?: string | null;
        };
        /**
         * @description Whether the platform can work in an environment.
         * @enum {string}
         */
        EnvironmentStatus: "PENDING" | "READY" | "FAILED";
        /** @description Why a deployment failed, for the person who has to act. */
        Failure: {
            /** @description The error's stable name. */
            error: string;
            /** @description What went wrong and what to do. */
            cause: string;
        };
        /**
         * @description What happens to a file.
         * @enum {string}
         */
        FileAction: "ADDED" | "CHANGED";
        /**
         * @description What a name in a folder stands for, by git's modes.
         * @enum {string}
         */
        FileMode: "FOLDER" | "FILE" | "EXECUTABLE" | "SYMLINK" | "SUBMODULE";
        /** @description A path in a repository, from its root: names between single slashes, up to 4,096 bytes. Empty is the root. */
        FilePath: string;
        /** @description What becomes of a file. */
        FilePreview: {
            /** @description Its path. */
            path: string;
            /** @description What happens to it. */
            action: components["schemas"]["FileAction"];
            /**
             * @description The change of the branch's file, as `git diff` writes it. With a conflict, what a pull request would offer: the platform's lines
             *     where both sides changed the same ones.
             */
            diff: string;
            conflict?: components["schemas"]["ConflictPreview"] | null;
        };
        /** @description What stands in a folder under a name. */
        FolderEntry: {
            /** @description Its name. */
            name: string;
            /** @description Its path from the repository's root: `path` of the next request. */
            path: string;
            /** @description What it is. */
            mode: components["schemas"]["FileMode"];
        };
        /** @description What is at a path. */
        FolderOrFile: {
            /** @description What lies in it: folders first, then by name. */
            entries: components["schemas"]["FolderEntry"][];
            /** @enum {string} */
            type: "folder";
        } | {
            /** @description What it is. */
            mode: components["schemas"]["FileMode"];
            /** @description Its size in bytes. */
            size: number;
            /** @description How `content` is written: `utf-8`, or `base64` if the file is no text. */
            encoding: string;
            /** @description The file's content. */
            content: string;
            /** @enum {string} */
            type: "file";
        };
        /**
         * @description Whether the platform hands out credentials for the repositories in an environment.
         * @enum {string}
         */
        HandOut: "ENABLED" | "DISABLED";
        /**
         * @description The pipelines that an environment's owner lets the platform keep there: the parameter `Pipelines` of the stack that the owner
         *     deployed.
         * @enum {string}
         */
        HostedPipelines: "NONE" | "DELIVERING" | "SELF_MUTATING";
        /** @description What a client calls a request, to have it done once: 1-255 printable ASCII characters, no spaces at its ends, which HTTP drops. */
        IdempotencyKey: string;
        /** @description A run that is on its way to a stage. */
        Incoming: components["schemas"]["RunCommit"] & {
            /** @description The run. */
            runId: string;
            /**
             * Format: date-time
             * @description When the run began.
             */
            since?: string | null;
            /** @description The CodePipeline's stage that it is in, or waits before. */
            stageName: string;
        };
        /** @description What people call an environment: 1-64 characters on one line. */
        Label: string;
        /** @description Lines of a file, from 1. */
        LineRange: {
            first: number;
            last: number;
        };
        /** @description A request to link an account and region. */
        LinkEnvironment: {
            /** @description What people call it. */
            label: components["schemas"]["Label"];
            /** @description The account. */
            accountId: components["schemas"]["AccountId"];
            /** @description The region. */
            region: components["schemas"]["Region"];
            /** @description The team that owns it. */
            team: components["schemas"]["TeamName"];
            /**
             * @description Teams that may see it and use it in pipelines: what their pipelines deliver is deployed there with the rights of the CDK
             *     bootstrap, by default an administrator's.
             */
            invitedTeams?: components["schemas"]["TeamName"][] | null;
            permissionsBoundary?: components["schemas"]["PermissionsBoundary"] | null;
            bootstrapQualifier?: components["schemas"]["BootstrapQualifier"] | null;
            selfMutation?: components["schemas"]["SelfMutation"] | null;
            approval?: components["schemas"]["ApprovalRule"] | null;
        };
        /** @description A page of a list. */
        List_AuditEntry: {
            /** @description The items. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was asked for.
                 */
                at: string;
                /** @description Who asked. */
                by: components["schemas"]["Username"];
                /** @description The address that the request came from; missing for what the platform did by itself. */
                sourceAddress?: string | null;
                requestId?: components["schemas"]["RequestId"] | null;
                /** @description What was asked for: the id of an operation of this API. */
                action: components["schemas"]["Action"];
                /** @description How it was answered. */
                outcome: components["schemas"]["AuditOutcome"];
                /** @description What was done; of what was refused, the kind of problem and why. */
                detail?: string | null;
            }[];
            /** @description Hand it back to read on; missing at the end. */
            nextToken?: string | null;
        };
        /** @description A page of a list. */
        List_Branch: {
            /** @description The items. */
            items: {
                /** @description Its name. */
                name: string;
                /** @description The stages that are delivered from it. */
                stages: components["schemas"]["StageName"][];
                /** @description The commit at its head. */
                commitId: string;
                /** @description The commit's message: its first 1,000 characters. */
                message: string;
                /** @description Who wrote the commit: the name in git's settings, which nobody checks. */
                author?: string | null;
                /**
                 * Format: date-time
                 * @description When it was committed.
                 */
                committedAt?: string | null;
            }[];
            /** @description Hand it back to read on; missing at the end. */
            nextToken?: string | null;
        };
        /** @description A page of a list. */
        List_DeploymentView: {
            /** @description The items. */
            items: (components["schemas"]["Deployment"] & {
                /** @description The workflow's execution in Step Functions' console, once it has begun. */
                executionUrl?: string | null;
            })[];
            /** @description Hand it back to read on; missing at the end. */
            nextToken?: string | null;
        };
        /** @description A page of a list. */
        List_Environment: {
            /** @description The items. */
            items: {
                /** @description Its id. */
                id: components["schemas"]["EnvironmentId"];
                /** @description What people call it. */
                label: components["schemas"]["Label"];
                /** @description The account. */
                accountId: components["schemas"]["AccountId"];
                /** @description The region. */
                region: components["schemas"]["Region"];
                /** @description The team that owns it. */
                team: components["schemas"]["TeamName"];
                /**
                 * @description Teams that may see it and use it in pipelines: what their pipelines deliver is deployed there with the rights of the CDK
                 *     bootstrap, by default an administrator's.
                 */
                invitedTeams: components["schemas"]["TeamName"][];
                permissionsBoundary?: components["schemas"]["PermissionsBoundary"] | null;
                /** @description The CDK bootstrap used there. */
                bootstrapQualifier: components["schemas"]["BootstrapQualifier"];
                /**
                 * @description Whose cdk-trunk pipelines may have it as their CICD environment: whoever can push to one is administrator of the account, and
                 *     of every account that trusts it.
                 */
                selfMutation: components["schemas"]["SelfMutation"];
                /** @description Who of its team may approve what goes there. */
                approval: components["schemas"]["ApprovalRule"];
                /** @description Whether the platform hands out credentials for the repositories there. */
                credentials: components["schemas"]["HandOut"];
                /** @description The role that the platform assumes there. */
                roleArn: string;
                /** @description What the role's trust asks for; only for those who may change the environment. */
                externalId?: string | null;
                /**
                 * @description The commands for the account's owner, in order; only for those who may change the environment. The last deploys the platform's
                 *     role, for an account that pipelines of other accounts deliver to. Run again, it updates the role, and keeps what was chosen.
                 */
                setup?: string[] | null;
                /**
                 * @description What the account's owner may let the platform do there, with the command for each choice in place of the last one of `setup`;
                 *     only for those who may change the environment.
                 */
                setupChoices?: components["schemas"]["SetupChoice"][] | null;
                pipelines?: components["schemas"]["HostedPipelines"] | null;
                /** @description Whether the platform can work there, by the last verification. */
                status: components["schemas"]["EnvironmentStatus"];
                /** @description What the last verification found, and the commands that fix it. */
                problems: components["schemas"]["EnvironmentProblem"][];
                /**
                 * Format: date-time
                 * @description When it was last verified.
                 */
                verifiedAt?: string | null;
                /**
                 * Format: date-time
                 * @description When the link ends, unless it is verified or used before; only while it waits for its first verification that finds it ready.
                 */
                expiresAt?: string | null;
                redeploymentId?: components["schemas"]["RedeploymentId"] | null;
                /** @description The number of the last accepted change. */
                revision: components["schemas"]["Revision"];
                /** @description Who linked it. */
                owner: components["schemas"]["Username"];
                /**
                 * Format: date-time
                 * @description When it was linked.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When it was last changed.
                 */
                updatedAt: string;
            }[];
            /** @description Hand it back to read on; missing at the end. */
            nextToken?: string | null;
        };
        /** @description A page of a list. */
        List_Pipeline: {
            /** @description The items. */
            items: {
                /** @description Its id. */
                id: components["schemas"]["PipelineId"];
                /** @description Its name. */
                name: components["schemas"]["PipelineName"];
                /** @description What it is for. */
                description: components["schemas"]["Description"];
                /** @description Its tags. */
                tags: components["schemas"]["Tags"];
                /** @description The team that owns it. */
                team: components["schemas"]["TeamName"];
                /** @description Where repository and CICD stack are. */
                cicdEnvironmentId: components["schemas"]["EnvironmentId"];
                /** @description How it delivers. */
                strategy: components["schemas"]["Strategy"];
                /** @description Its stages, in order. */
                stages: components["schemas"]["PipelineStage"][];
                /** @description The application stacks that removed and moved stages have left; the platform does not delete them. */
                orphans: components["schemas"]["PipelineOrphan"][];
                /** @description The CodeCommit repository; missing, with the next two, for who only owns the environment of a stage. */
                repositoryName?: string | null;
                /** @description Where git with git-remote-codecommit clones from. */
                cloneUrl?: string | null;
                /** @description The command that clones it. */
                cloneCommand?: string | null;
                /** @description The CICD stack. */
                stackName: string;
                /** @description The CICD stack's ARN, once it is there. */
                stackId?: string | null;
                /** @description How far the present definition is deployed. */
                status: components["schemas"]["PipelineStatus"];
                /** @description The number of the last accepted change. */
                revision: components["schemas"]["Revision"];
                deployedRevision?: components["schemas"]["Revision"] | null;
                lastDeployment?: components["schemas"]["DeploymentSummary"] | null;
                /** @description Who created it. */
                owner: components["schemas"]["Username"];
                /**
                 * Format: date-time
                 * @description When it was created.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When its team last changed it.
                 */
                updatedAt: string;
                /**
                 * Format: date-time
                 * @description When it was deleted.
                 */
                deletedAt?: string | null;
                updatedBy?: components["schemas"]["Username"] | null;
                delivery?: components["schemas"]["Delivery"] | null;
                /** @description What its team should know, such as stages that share an account; missing in answers to changes. */
                warnings?: string[] | null;
            }[];
            /** @description Hand it back to read on; missing at the end. */
            nextToken?: string | null;
        };
        /** @description A page of a list. */
        List_PipelineRevision: {
            /** @description The items. */
            items: {
                /** @description Its number. */
                revision: components["schemas"]["Revision"];
                /**
                 * Format: date-time
                 * @description When it was asked for.
                 */
                at: string;
                /** @description Who asked. */
                by: components["schemas"]["Username"];
                requestId?: components["schemas"]["RequestId"] | null;
                action?: components["schemas"]["Action"] | null;
                restored?: components["schemas"]["Revision"] | null;
                /** @description What it changed in the revision before it, in words. */
                changes: string[];
                /** @description What the pipeline is for, by this revision. */
                description: components["schemas"]["Description"];
                /** @description The pipeline's tags. */
                tags: components["schemas"]["Tags"];
                /**
                 * @description The pipeline's stages, in order. What their environments are called and where they are is missing where the environment is
                 *     gone, or the pipeline does not use it any more and you may not see it.
                 */
                stages: components["schemas"]["PipelineStage"][];
            }[];
            /** @description Hand it back to read on; missing at the end. */
            nextToken?: string | null;
        };
        /** @description A page of a list. */
        List_RedeploymentSummary: {
            /** @description The items. */
            items: {
                /** @description Its id. If an event asked for it, the event's id. */
                id: components["schemas"]["RedeploymentId"];
                /** @description The pipelines that are meant. */
                target: components["schemas"]["Target"];
                /** @description Why they are deployed again. */
                cause: components["schemas"]["Cause"];
                /** @description Who or what asked for it. */
                requestedBy: components["schemas"]["Username"];
                /**
                 * Format: date-time
                 * @description When it was asked for.
                 */
                requestedAt: string;
                cancelledBy?: components["schemas"]["Username"] | null;
                /**
                 * Format: date-time
                 * @description When it was cancelled.
                 */
                cancelledAt?: string | null;
            }[];
            /** @description Hand it back to read on; missing at the end. */
            nextToken?: string | null;
        };
        /** @description A page of a list. */
        List_Run: {
            /** @description The items. */
            items: {
                /** @description Its id: that of the execution in CodePipeline. */
                runId: string;
                /** @description The CodePipeline that runs. */
                codePipeline: string;
                stage?: components["schemas"]["StageName"] | null;
                /** @description The branch that it delivers. */
                branch: string;
                /** @description How it goes. */
                status: components["schemas"]["RunStatus"];
                /** @description What CodePipeline says about that. */
                detail?: string | null;
                /** @description Why somebody stopped it, and who. */
                stopReason?: string | null;
                /** @description What started it. */
                trigger: components["schemas"]["RunTrigger"];
                commit?: components["schemas"]["DeliveredCommit"] | null;
                /**
                 * Format: date-time
                 * @description When it began.
                 */
                startedAt?: string | null;
                /**
                 * Format: date-time
                 * @description When something last happened.
                 */
                updatedAt?: string | null;
                /**
                 * Format: date-time
                 * @description When it ended, if it has.
                 */
                endedAt?: string | null;
                /** @description The run in AWS's console. */
                consoleUrl: string;
            }[];
            /** @description Hand it back to read on; missing at the end. */
            nextToken?: string | null;
        };
        /**
         * @description The status of a pipeline in a list: what is deleted stands in none.
         * @enum {string}
         */
        ListedStatus: "DEPLOYING" | "DEPLOYED" | "FAILED" | "DELETING";
        /** @description A CodePipeline as it is now. */
        LiveCodePipeline: {
            /** @description Its name. */
            name: string;
            /** @description The branch that it reads. */
            branch: string;
            /** @description The commit that it read last. */
            commitId?: string | null;
            /** @description What comes before the stages, in order: source, build and, in cdk-trunk, the pipeline's update of itself. */
            steps: components["schemas"]["LiveStep"][];
            /** @description The CodePipeline in AWS's console. */
            consoleUrl: string;
        };
        /** @description A stage of the pipeline as it is now. */
        LiveStage: components["schemas"]["Progress"] & {
            /** @description Its name. */
            name: components["schemas"]["StageName"];
            /** @description Where it is deployed to. */
            environmentId: components["schemas"]["EnvironmentId"];
            /** @description What people call that environment. */
            environmentLabel: components["schemas"]["Label"];
            /** @description The environment's account. */
            accountId: components["schemas"]["AccountId"];
            /** @description The environment's region. */
            region: components["schemas"]["Region"];
            /** @description The branch that it is delivered from. */
            branch: string;
            /** @description The CodePipeline that delivers it. */
            codePipeline: string;
            closed?: components["schemas"]["ClosedWay"] | null;
            approval?: components["schemas"]["Approval"] | null;
            deployed?: components["schemas"]["Deployed"] | null;
            incoming?: components["schemas"]["Incoming"] | null;
            /** @description The CodePipeline in AWS's console. */
            consoleUrl: string;
        };
        /** @description The pipeline as CodePipeline sees it. */
        LiveStages: {
            /** @description The pipeline's stages, in order. */
            stages: components["schemas"]["LiveStage"][];
            /** @description The CodePipelines that deliver them: one, or in gitflow one for each stage. */
            codePipelines: components["schemas"]["LiveCodePipeline"][];
        };
        /** @description A stage of a CodePipeline that delivers no stage of the pipeline. */
        LiveStep: components["schemas"]["Progress"] & {
            /** @description Its name in the CodePipeline. */
            name: string;
        };
        /** @description The caller, and what it may create. */
        Me: {
            /** @description The user. */
            username: components["schemas"]["Username"];
            /**
             * @description Whether the user is in the group platform-admins: it sees everything, and creates pipelines and links environments for any
             *     team.
             */
            administrator: boolean;
            /** @description The teams for which the user may create pipelines and link environments. */
            teams: components["schemas"]["TeamName"][];
            /** @description How many pipelines each of these teams has and may have. */
            pipelines: components["schemas"]["TeamQuota"][];
        };
        /** @description Where an earlier page of the list ended: its `nextToken`. */
        NextToken: string;
        /**
         * @description What a run of the workflow is for.
         * @enum {string}
         */
        Operation: "DEPLOY" | "DELETE";
        /**
         * @description An application stack that a pipeline deployed for a stage which is not there any more, or has moved to another account
         *     or region. The platform leaves it alone: it may hold data.
         */
        Orphan: {
            /** @description The stage's name. */
            stage: components["schemas"]["StageName"];
            /** @description The account that the stack is in. */
            accountId: components["schemas"]["AccountId"];
            /** @description The stack's region. */
            region: components["schemas"]["Region"];
            /** @description The stack's name. */
            stackName: string;
            /** @description Whether a person approved what went there. */
            manualApproval?: boolean;
        };
        /** @description An application stack that would be left behind. */
        OrphanPreview: components["schemas"]["Orphan"] & {
            /** @description The command by which the account's owner deletes it, with the account's credentials. */
            command: string;
        };
        /** @description A command for the account's owner. */
        OwnersCommand: {
            /** @description What it ends. */
            ends: string;
            /** @description The command. */
            command: string;
        };
        /** @description A path in a repository, with or without slashes at its ends. */
        PathOfCaller: string;
        /**
         * @description A managed policy that bounds every role created in an environment: the name of a policy in that account
         *     (with its path, if it has one), or a whole ARN.
         */
        PermissionsBoundary: string;
        /** @description A pipeline as clients see it. */
        Pipeline: {
            /** @description Its id. */
            id: components["schemas"]["PipelineId"];
            /** @description Its name. */
            name: components["schemas"]["PipelineName"];
            /** @description What it is for. */
            description: components["schemas"]["Description"];
            /** @description Its tags. */
            tags: components["schemas"]["Tags"];
            /** @description The team that owns it. */
            team: components["schemas"]["TeamName"];
            /** @description Where repository and CICD stack are. */
            cicdEnvironmentId: components["schemas"]["EnvironmentId"];
            /** @description How it delivers. */
            strategy: components["schemas"]["Strategy"];
            /** @description Its stages, in order. */
            stages: components["schemas"]["PipelineStage"][];
            /** @description The application stacks that removed and moved stages have left; the platform does not delete them. */
            orphans: components["schemas"]["PipelineOrphan"][];
            /** @description The CodeCommit repository; missing, with the next two, for who only owns the environment of a stage. */
            repositoryName?: string | null;
            /** @description Where git with git-remote-codecommit clones from. */
            cloneUrl?: string | null;
            /** @description The command that clones it. */
            cloneCommand?: string | null;
            /** @description The CICD stack. */
            stackName: string;
            /** @description The CICD stack's ARN, once it is there. */
            stackId?: string | null;
            /** @description How far the present definition is deployed. */
            status: components["schemas"]["PipelineStatus"];
            /** @description The number of the last accepted change. */
            revision: components["schemas"]["Revision"];
            deployedRevision?: components["schemas"]["Revision"] | null;
            lastDeployment?: components["schemas"]["DeploymentSummary"] | null;
            /** @description Who created it. */
            owner: components["schemas"]["Username"];
            /**
             * Format: date-time
             * @description When it was created.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When its team last changed it.
             */
            updatedAt: string;
            /**
             * Format: date-time
             * @description When it was deleted.
             */
            deletedAt?: string | null;
            updatedBy?: components["schemas"]["Username"] | null;
            delivery?: components["schemas"]["Delivery"] | null;
            /** @description What its team should know, such as stages that share an account; missing in answers to changes. */
            warnings?: string[] | null;
        };
        /** @description A pipeline's id: 8 of `[a-z0-9]`, starting with a letter. */
        PipelineId: string;
        /** @description A pipeline's name: `[a-z][a-z0-9-]*`, 2-32, no trailing or double hyphen. */
        PipelineName: string;
        /** @description An application stack that a removed or moved stage has left, as clients see it. */
        PipelineOrphan: components["schemas"]["Orphan"] & {
            /** @description The command by which the account's owner deletes it, with the account's credentials. */
            command: string;
        };
        /** @description A revision of a pipeline: what it defines, and how it came about. */
        PipelineRevision: {
            /** @description Its number. */
            revision: components["schemas"]["Revision"];
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            at: string;
            /** @description Who asked. */
            by: components["schemas"]["Username"];
            requestId?: components["schemas"]["RequestId"] | null;
            action?: components["schemas"]["Action"] | null;
            restored?: components["schemas"]["Revision"] | null;
            /** @description What it changed in the revision before it, in words. */
            changes: string[];
            /** @description What the pipeline is for, by this revision. */
            description: components["schemas"]["Description"];
            /** @description The pipeline's tags. */
            tags: components["schemas"]["Tags"];
            /**
             * @description The pipeline's stages, in order. What their environments are called and where they are is missing where the environment is
             *     gone, or the pipeline does not use it any more and you may not see it.
             */
            stages: components["schemas"]["PipelineStage"][];
        };
        /**
         * @description A stage of a pipeline, as clients see it. What its environment is called, where it is and whether it is ready are missing in
         *     answers to changes, and where the environment is gone.
         */
        PipelineStage: {
            /** @description The stage's name. */
            name: components["schemas"]["StageName"];
            /** @description Where it is deployed to. */
            environmentId: components["schemas"]["EnvironmentId"];
            /** @description Whether a person approves before it is deployed. */
            manualApproval: boolean;
            environmentLabel?: components["schemas"]["Label"] | null;
            accountId?: components["schemas"]["AccountId"] | null;
            region?: components["schemas"]["Region"] | null;
            status?: components["schemas"]["EnvironmentStatus"] | null;
        };
        /**
         * @description How far a pipeline's present definition is deployed.
         * @enum {string}
         */
        PipelineStatus: "DEPLOYING" | "DEPLOYED" | "FAILED" | "DELETING" | "DELETED";
        /** @description A JSON Pointer (RFC 6901) to a place in an input; the empty pointer is the whole input. */
        Pointer: string;
        /** @description What creating or changing a pipeline would do. */
        Preview: {
            /** @description Whether nothing would happen: the pipeline is as it is wanted. */
            unchanged: boolean;
            /** @description The pipeline. A pipeline that is to be created gets an id of its own: this one only shows what names look like. */
            pipelineId: components["schemas"]["PipelineId"];
            /** @description The revision that the pipeline would get. */
            revision: components["schemas"]["Revision"];
            /** @description Whether nothing is known that would keep the deployment from success: there are no problems. */
            deployable: boolean;
            /** @description Everything that the deployment would fail with, each with what fixes it. The rest shows what it does once that is fixed. */
            problems: components["schemas"]["PreviewProblem"][];
            repository?: components["schemas"]["RepositoryPreview"] | null;
            /** @description What becomes of the CICD stack and of those that it needs in other regions; those that cannot be read are missing. */
            stacks: components["schemas"]["StackPreview"][];
            /** @description The application stacks that would be left behind; the platform does not delete them. */
            orphans: components["schemas"]["OrphanPreview"][];
            /** @description The application stacks that an earlier change has left behind and that a stage would take over again. */
            takenOver: components["schemas"]["Orphan"][];
        };
        /** @description Something that the deployment would fail with. */
        PreviewProblem: {
            /** @description The name of the error that the deployment would end in. */
            code: string;
            /** @description What is wrong. */
            detail: string;
            /** @description The command that fixes it, if one does. */
            command?: string | null;
            environmentId?: components["schemas"]["EnvironmentId"] | null;
            accountId?: components["schemas"]["AccountId"] | null;
        };
        /** @description One thing that is wrong: where it is, and what would be right. */
        Problem: {
            /** @description Where it is. */
            pointer: components["schemas"]["Pointer"];
            /** @description What is wrong, in words for the person who wrote the input. */
            detail: string;
        };
        /** @description A problem document. */
        ProblemDocument: {
            /** @description What kind of problem: stable. */
            type: string;
            /** @description The kind in words. */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description What is wrong and what to do. */
            detail: string;
            /** @description The request's id: it finds the request in the platform's logs. */
            instance: string;
            /** @description What is wrong with the input, each with a pointer to it. */
            errors?: components["schemas"]["Problem"][];
        };
        /** @description How far something is. */
        Progress: {
            /** @description Where it is. */
            status: components["schemas"]["StageStatus"];
            /**
             * Format: date-time
             * @description When something last happened.
             */
            changedAt?: string | null;
            /** @description The latest execution of the CodePipeline that reached it. */
            executionId?: string | null;
            error?: components["schemas"]["ActionError"] | null;
        };
        /** @description A part of a template that changes. */
        PropertyChange: {
            /**
             * @description Where: the names of members and the numbers of elements, after slashes. An element that has a name, an id or a key is named by
             *     that: `Properties/Stages/prod/Actions`.
             */
            path: string;
            /** @description What it was; missing if it was not there. */
            before?: unknown;
            /** @description What it becomes; missing if it goes. */
            after?: unknown;
            /** @description Whether CloudFormation makes the resource anew for this. */
            replaces?: boolean;
        };
        /**
         * @description A redeployment as clients see it. Each pipeline that is selected is counted once: `total` is the sum of `done`, `failed`,
         *     `cancelled` and `remaining`.
         */
        Redeployment: {
            /** @description Its id. If an event asked for it, the event's id. */
            id: components["schemas"]["RedeploymentId"];
            /** @description The pipelines that are meant. */
            target: components["schemas"]["Target"];
            /** @description Why they are deployed again. */
            cause: components["schemas"]["Cause"];
            /** @description How far it is. */
            status: components["schemas"]["RedeploymentStatus"];
            /** @description Who or what asked for it. */
            requestedBy: components["schemas"]["Username"];
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            requestedAt: string;
            /**
             * Format: date-time
             * @description When it began, if it has.
             */
            startedAt?: string | null;
            /**
             * Format: date-time
             * @description When it ended.
             */
            endedAt?: string | null;
            cancelledBy?: components["schemas"]["Username"] | null;
            /**
             * Format: date-time
             * @description When it was cancelled. Deployments that were under way then end by themselves.
             */
            cancelledAt?: string | null;
            /**
             * Format: int64
             * @description How many pipelines are selected; missing while they are being selected.
             */
            total?: number | null;
            /**
             * Format: int64
             * @description How many are deployed, or had no need to be.
             */
            done: number;
            /**
             * Format: int64
             * @description How many could not be deployed.
             */
            failed: number;
            /**
             * Format: int64
             * @description How many it will not deploy any more, because it was cancelled or ended early.
             */
            cancelled: number;
            /**
             * Format: int64
             * @description How many are being deployed or wait for it.
             */
            remaining: number;
            failure?: components["schemas"]["Failure"] | null;
            /** @description Its execution in Step Functions' console, pipeline by pipeline, if it was started. */
            executionUrl?: string | null;
        };
        /** @description A redeployment's id: a UUID in lower case. That of an event is the event's own, so that whoever sent it can follow it. */
        RedeploymentId: string;
        /**
         * @description Whether a redeployment goes on, or how it ended.
         * @enum {string}
         */
        RedeploymentStatus: "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
        /** @description A redeployment as lists show it. */
        RedeploymentSummary: {
            /** @description Its id. If an event asked for it, the event's id. */
            id: components["schemas"]["RedeploymentId"];
            /** @description The pipelines that are meant. */
            target: components["schemas"]["Target"];
            /** @description Why they are deployed again. */
            cause: components["schemas"]["Cause"];
            /** @description Who or what asked for it. */
            requestedBy: components["schemas"]["Username"];
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            requestedAt: string;
            cancelledBy?: components["schemas"]["Username"] | null;
            /**
             * Format: date-time
             * @description When it was cancelled.
             */
            cancelledAt?: string | null;
        };
        /**
         * @description A region of the partition `aws`, such as `eu-west-1`.
         *
         *     Other partitions have other ARNs and console hosts; the platform does not serve them.
         */
        Region: string;
        /** @description A resource that is gone. */
        RemovedResource: {
            logicalId: string;
            type: string;
            /** @description Whether it stays in the account. */
            retained: boolean;
        };
        /** @description A resource that is made anew. */
        ReplacedResource: {
            logicalId: string;
            type: string;
            /** @description What changes of it. Empty where it only follows a resource that is replaced. */
            properties: components["schemas"]["PropertyChange"][];
            /** @description The resources that it refers to and that are replaced. */
            follows?: string[];
            /** @description Whether the present one stays in the account. */
            retained: boolean;
        };
        /** @description What becomes of the repository. */
        RepositoryPreview: {
            /** @description Its name. */
            name: string;
            /** @description Whether it is created. */
            created: boolean;
            description?: components["schemas"]["TextChange"] | null;
            /** @description What its tags become. Tags that somebody else set stay. */
            tags: components["schemas"]["TagsPreview"];
            /** @description The branches that stages are delivered from, main first. If one of them contradicts the change, none of them gets it. */
            branches: components["schemas"]["BranchPreview"][];
        };
        /**
         * @description What asked for something: API Gateway's id of a request, or a redeployment's. 1-128 printable ASCII characters, no
         *     spaces.
         */
        RequestId: string;
        /** @description What is tried again. */
        RetriedStage: {
            /** @description The run. */
            runId: string;
            /** @description The pipeline's stage. */
            stage: components["schemas"]["StageName"];
            /** @description The CodePipeline. */
            codePipeline: string;
            /** @description The CodePipeline's stage that is tried again. */
            stageName: string;
        };
        /**
         * Format: int32
         * @description The number of an accepted change to a record, from 1. It is the record's `ETag`, too.
         */
        Revision: number;
        /** @description A run of a pipeline. */
        Run: {
            /** @description Its id: that of the execution in CodePipeline. */
            runId: string;
            /** @description The CodePipeline that runs. */
            codePipeline: string;
            stage?: components["schemas"]["StageName"] | null;
            /** @description The branch that it delivers. */
            branch: string;
            /** @description How it goes. */
            status: components["schemas"]["RunStatus"];
            /** @description What CodePipeline says about that. */
            detail?: string | null;
            /** @description Why somebody stopped it, and who. */
            stopReason?: string | null;
            /** @description What started it. */
            trigger: components["schemas"]["RunTrigger"];
            commit?: components["schemas"]["DeliveredCommit"] | null;
            /**
             * Format: date-time
             * @description When it began.
             */
            startedAt?: string | null;
            /**
             * Format: date-time
             * @description When something last happened.
             */
            updatedAt?: string | null;
            /**
             * Format: date-time
             * @description When it ended, if it has.
             */
            endedAt?: string | null;
            /** @description The run in AWS's console. */
            consoleUrl: string;
        };
        /** @description A try of an action. */
        RunAction: {
            /** @description The action. */
            name: string;
            /** @description Who carries it out: `CodeBuild`, `CloudFormation`, `CodeCommit`, `Manual`. */
            provider: string;
            /** @description Which try it is, from 1 on. */
            attempt: number;
            /** @description How it goes. */
            status: components["schemas"]["ActionStatus"];
            /**
             * Format: date-time
             * @description When it began.
             */
            startedAt?: string | null;
            /**
             * Format: date-time
             * @description When it ended, if it has.
             */
            endedAt?: string | null;
            /** @description Its own words: a commit's message, or a person's comment. */
            summary?: string | null;
            error?: components["schemas"]["RunError"] | null;
            /** @description Where AWS's console shows what it runs: a build, a stack. */
            url?: string | null;
            log?: components["schemas"]["BuildLog"] | null;
        };
        /** @description The commit that a run delivers. */
        RunCommit: {
            /** @description Its id; none if the run has not read it yet, or CodePipeline has forgotten the run. */
            commitId?: string | null;
            /** @description Its message, as far as CodePipeline keeps it. */
            message?: string | null;
        };
        /** @description A run with what it did. */
        RunDetails: components["schemas"]["Run"] & {
            /** @description The stages of the CodePipeline that it has reached, in order. */
            stages: components["schemas"]["RunStage"][];
        };
        /** @description Why an action failed. */
        RunError: {
            /** @description The service's name for it, such as `JobFailed`. */
            code?: string | null;
            /** @description What the service says. */
            message: string;
        };
        /** @description A run's id: that of the `CodePipeline`'s execution, a UUID. */
        RunId: string;
        /** @description What a run did in a stage of the CodePipeline. */
        RunStage: {
            /** @description The stage's name in the CodePipeline. */
            name: string;
            stage?: components["schemas"]["StageName"] | null;
            /** @description How far it is: of an action that was tried again the last try counts. */
            status: components["schemas"]["ActionStatus"];
            /**
             * Format: date-time
             * @description When it began.
             */
            startedAt?: string | null;
            /**
             * Format: date-time
             * @description When it ended, if it has.
             */
            endedAt?: string | null;
            /** @description What was done, in order: each try of each action. */
            actions: components["schemas"]["RunAction"][];
        };
        /**
         * @description Where a run is, in the order in which states follow each other within a second.
         * @enum {string}
         */
        RunStatus: "IN_PROGRESS" | "STOPPING" | "STOPPED" | "SUPERSEDED" | "CANCELLED" | "FAILED" | "SUCCEEDED";
        /** @description A run as the pipeline's record shows it. */
        RunSummary: {
            /** @description Its id. */
            runId: components["schemas"]["RunId"];
            /** @description The `CodePipeline` that it is an execution of. */
            codePipeline: string;
            stage?: components["schemas"]["StageName"] | null;
            /** @description Where it is. */
            status: components["schemas"]["RunStatus"];
            /**
             * Format: date-time
             * @description When it began.
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description When something last happened in it.
             */
            updatedAt: string;
        };
        /** @description What started a run. */
        RunTrigger: {
            /** @description The kind. */
            kind: components["schemas"]["TriggerKind"];
            /**
             * @description Who: the user who started it over the platform, as far as the account's trail has the name, the deployment that did, or
             *     what else IAM knows the caller by.
             */
            by?: string | null;
        };
        /** @description A text to look for. */
        SearchText: string;
        /**
         * @description Whose self-mutating pipelines may be in an environment: who can push to one is administrator of the account, and of all
         *     accounts that trust it.
         * @enum {string}
         */
        SelfMutation: "OWN_TEAM" | "INVITED";
        /** @description What an account's owner may let the platform do there. */
        SetupChoice: {
            /** @description Which pipelines the platform may keep there. */
            pipelines: components["schemas"]["HostedPipelines"];
            /** @description What that lets the platform do. */
            allows: string;
            /** @description The command that allows it. */
            command: string;
        };
        /**
         * @description What a deployment did to a stack.
         * @enum {string}
         */
        StackAction: "CREATED" | "UPDATED" | "UNCHANGED" | "DELETING" | "DELETED";
        /**
         * @description What happens to a stack.
         * @enum {string}
         */
        StackActionPreview: "CREATE" | "RECREATE" | "UPDATE" | "UNCHANGED" | "KEEP";
        /** @description What becomes of a stack when it gets another template. What concerns permissions stands apart, in words. */
        StackDifference: {
            /** @description The resources that are new, in the template's order; roles and their policies apart. */
            added: components["schemas"]["AddedResource"][];
            /** @description The resources that are changed in place. */
            changed: components["schemas"]["ChangedResource"][];
            /** @description The resources that CloudFormation makes anew, because a property changes that it cannot change in place. */
            replaced: components["schemas"]["ReplacedResource"][];
            /** @description The resources that are gone. */
            removed: components["schemas"]["RemovedResource"][];
            /** @description What changes in permissions: roles, their policies, and the policies of keys and buckets. */
            iam: components["schemas"]["AccessChange"][];
            /** @description What changes beside the resources: the description, parameters, outputs. */
            template: components["schemas"]["PropertyChange"][];
        };
        /** @description The CICD stack as a deployment left it. */
        StackOutcome: {
            /** @description The stack's name. */
            name: string;
            /** @description Its region. */
            region: string;
            /** @description Its ARN. */
            stackId: string;
            /** @description What was done: `CREATED`, `UPDATED` or `UNCHANGED`. */
            action: components["schemas"]["StackAction"];
        };
        /** @description An output of a stack. */
        StackOutput: {
            /** @description Its name. */
            key: string;
            /** @description Its value. */
            value: string;
            /** @description What it is, in the developers' words. */
            description?: string | null;
        };
        /** @description What becomes of a stack. */
        StackPreview: components["schemas"]["StackDifference"] & {
            /** @description Its name. */
            name: string;
            /** @description Its account: that of the CICD environment. */
            accountId: components["schemas"]["AccountId"];
            /** @description Its region. */
            region: components["schemas"]["Region"];
            /** @description What happens to it. */
            action: components["schemas"]["StackActionPreview"];
            updatedBy?: components["schemas"]["UpdatedBy"] | null;
            comparedWith?: components["schemas"]["ComparedWith"] | null;
        };
        /** @description A resource of a stack. */
        StackResource: {
            /** @description Its name in the template. */
            logicalId: string;
            /** @description Its name in the account, once it has one. */
            physicalId?: string | null;
            /** @description What it is, such as `AWS::S3::Bucket`. */
            type: string;
            /** @description Where it is, in CloudFormation's words. */
            status: string;
            /** @description Why, if CloudFormation says so. */
            statusReason?: string | null;
            /**
             * Format: date-time
             * @description When its status last changed.
             */
            changedAt?: string | null;
        };
        /** @description A stage's name: `[a-z][a-z0-9-]*`, 1-16, not `cicd`. It is the environment's id in ddk.json, too. */
        StageName: string;
        /** @description A stage as a request names it. */
        StageRequest: {
            /** @description The stage's name. */
            name: components["schemas"]["StageName"];
            /** @description Where it is deployed to. */
            environmentId: components["schemas"]["EnvironmentId"];
            /** @description Whether a person approves before it is deployed. Without it, the strategy's default counts. */
            manualApproval?: boolean | null;
            /** @description As a pipeline shows it: ignored */
            environmentLabel?: unknown;
            /** @description As a pipeline shows it: ignored */
            accountId?: unknown;
            /** @description As a pipeline shows it: ignored */
            region?: unknown;
            /** @description As a pipeline shows it: ignored */
            status?: unknown;
        };
        /** @description What stands in a stage's account. */
        StageResources: {
            /** @description The stage. */
            stage: components["schemas"]["StageName"];
            /** @description The environment that it is deployed to. */
            environmentId: components["schemas"]["EnvironmentId"];
            /** @description What people call that environment. */
            environmentLabel: components["schemas"]["Label"];
            /** @description The environment's account. */
            accountId: components["schemas"]["AccountId"];
            /** @description The environment's region. */
            region: components["schemas"]["Region"];
            /** @description The application's stack, by the name that the rendered repository gives it. */
            stackName: string;
            /** @description The stack's ARN; none if there is no stack of that name: nothing has been deployed yet, or developers renamed it in app.py. */
            stackId?: string | null;
            /** @description Where the stack is, in CloudFormation's words, such as `UPDATE_COMPLETE`. */
            status?: string | null;
            /** @description Why, if CloudFormation says so. */
            statusReason?: string | null;
            /**
             * Format: date-time
             * @description When the stack was created.
             */
            createdAt?: string | null;
            /**
             * Format: date-time
             * @description When the stack was last updated, if ever.
             */
            updatedAt?: string | null;
            /** @description The stack's outputs. */
            outputs: components["schemas"]["StackOutput"][];
            /** @description The stack's resources; none while there is no stack. */
            resources: components["schemas"]["StackResource"][];
            /** @description The stack in AWS's console, for those who may sign in to the account. */
            consoleUrl?: string | null;
        };
        /**
         * @description Where a stage is.
         * @enum {string}
         */
        StageStatus: "NOT_DEPLOYED" | "NOT_STARTED" | "IN_PROGRESS" | "WAITING_FOR_APPROVAL" | "SUCCEEDED" | "FAILED" | "STOPPED" | "SKIPPED";
        /** @description Which CodePipeline is to be started. */
        StartRun: {
            stage?: components["schemas"]["StageName"] | null;
        };
        /** @description A run that was started. */
        StartedRun: {
            /** @description Its id. */
            runId: string;
            /** @description The CodePipeline. */
            codePipeline: string;
            /** @description The branch that it delivers. */
            branch: string;
        };
        /** @description A step of the workflow as it went. */
        Step: {
            /** @description The state's name in the state machine. */
            name: string;
            /** @description `RUNNING`, `SUCCEEDED` or `FAILED`. */
            status: string;
            /**
             * Format: int32
             * @description How often the state was entered or its task was tried.
             */
            attempts: number;
            /**
             * Format: date-time
             * @description When it was first entered.
             */
            startedAt: string;
            /**
             * Format: date-time
             * @description When it was last left.
             */
            endedAt?: string | null;
        };
        /** @description Why a run is stopped: 1-200 characters on one line. */
        StopReason: string;
        /** @description A request to stop a run. */
        StopRun: {
            /** @description Why. */
            reason: components["schemas"]["StopReason"];
        };
        /** @description A run that is being stopped. */
        StoppedRun: {
            /** @description The run. */
            runId: string;
            /** @description The CodePipeline. */
            codePipeline: string;
        };
        /**
         * @description How a pipeline delivers.
         * @enum {string}
         */
        Strategy: "cdk-trunk" | "trunk" | "gitflow";
        /** @description A tag to look for: its key, a colon and its value. A key that holds a colon cannot be looked for. */
        TagFilter: string;
        /** @description A pipeline's tags: letters and digits of any script, spaces and _.:/=+-@. Keys that start with aws:, aws-cdk: or dataall:, and the keys Team and Pipeline, are taken. Keys differ in more than case. */
        Tags: {
            [key: string]: string;
        };
        /** @description What tags become. */
        TagsPreview: {
            /** @description Those that are new or get another value. */
            set: {
                [key: string]: string;
            };
            /** @description The keys of those that are gone. */
            removed: string[];
        };
        /** @description The pipelines that are meant: exactly one of the members. */
        Target: {
            /** @description A pipeline's id: 8 of `[a-z0-9]`, starting with a letter. */
            pipelineId: string;
        } | {
            /** @description An environment's id: `env-` and 8 of `[a-z0-9]`, the first a letter. */
            environmentId: string;
        } | {
            /**
             * @description How a pipeline delivers.
             * @enum {string}
             */
            strategy: "cdk-trunk" | "trunk" | "gitflow";
        } | {
            /** @enum {boolean} */
            all: true;
        };
        /**
         * @description A team: a Cognito group. 1-64 of `[A-Za-z0-9_.+=@-]`, starting with a letter or digit: Cognito allows more, but
         *     groups reach the API joined by commas or spaces, and a team is the value of a tag.
         */
        TeamName: string;
        /** @description How many pipelines a team has and may have. */
        TeamQuota: {
            /** @description The team. */
            team: components["schemas"]["TeamName"];
            /**
             * Format: int32
             * @description How many it has.
             */
            count: number;
            /**
             * Format: int32
             * @description How many it may have.
             */
            limit: number;
        };
        /** @description A text that changes. */
        TextChange: {
            before: string;
            after: string;
        };
        /**
         * @description What kind of thing started a run.
         * @enum {string}
         */
        TriggerKind: "PUSH" | "CREATED" | "UPDATED" | "DEPLOYMENT" | "STARTED" | "ROLLBACK" | "OTHER";
        /**
         * @description Who updates a stack.
         * @enum {string}
         */
        UpdatedBy: "DEPLOYMENT" | "RUN";
        /** @description Who asked: the Cognito user name. */
        Username: string;
        /** @description An approval that waits for a person. */
        WaitingApproval: {
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
            /** @description The stage. */
            stage: components["schemas"]["StageName"];
            /** @description The run. */
            runId: components["schemas"]["RunId"];
            /** @description Who may answer: the team of the stage's environment. */
            team: components["schemas"]["TeamName"];
        };
        /** @description What is left in an environment of pipelines that may not use it any more. */
        Withdrawn: {
            /**
             * @description The pipelines that may not use the environment any more. Nobody can change, deploy or run them, or take credentials, until
             *     the stages concerned are removed or the team is invited again. The way into those stages is being closed.
             */
            pipelines: components["schemas"]["WithdrawnPipeline"][];
            /** @description Whether there are more of them than are listed here. */
            more: boolean;
            /**
             * @description What ends what remains, for the account's owner. Nothing of it is needed to stop deliveries; deleting a stack deletes what it
             *     holds.
             */
            commands: components["schemas"]["OwnersCommand"][];
        };
        /** @description A pipeline that may not use an environment any more. */
        WithdrawnPipeline: {
            /** @description Its id. */
            id: components["schemas"]["PipelineId"];
            /** @description Its name. */
            name: components["schemas"]["PipelineName"];
            /** @description The team that owns it. */
            team: components["schemas"]["TeamName"];
            /** @description Its stages in the environment. */
            stages: components["schemas"]["StageName"][];
            /** @description Whether the environment holds its repository and CICD stack. */
            cicd: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listEnvironments: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Environment"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    linkEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkEnvironment"];
            };
        };
        responses: {
            /** @description Linked; setup holds the commands for the account's owner */
            201: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    /** @description Where to read it from now on */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getEnvironment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The environment */
                environmentId: components["schemas"]["EnvironmentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The environment */
            200: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    unlinkEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description The entity tag of the record that the change is meant for */
                "If-Match"?: components["schemas"]["EntityTags"];
            };
            path: {
                /** @description The environment */
                environmentId: components["schemas"]["EnvironmentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Unlinked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    changeEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description The entity tag of the record that the change is meant for */
                "If-Match"?: components["schemas"]["EntityTags"];
            };
            path: {
                /** @description The environment */
                environmentId: components["schemas"]["EnvironmentId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeEnvironment"];
            };
        };
        responses: {
            /** @description The changed environment */
            200: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedEnvironment"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    verifyEnvironment: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path: {
                /** @description The environment */
                environmentId: components["schemas"]["EnvironmentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description READY, or FAILED with the problems and the commands that fix them */
            200: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getEnvironmentTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The version, as the commands in an environment's setup name it; latest for the present one */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The template */
            200: {
                headers: {
                    /** @description The version */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            /** @description It is the one that If-None-Match names */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Another version is the present one */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    evictPipeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The environment */
                environmentId: components["schemas"]["EnvironmentId"];
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pipeline without the stages; its deployment or deletion is under way */
            202: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    /** @description Where to follow it */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listEnvironmentAudit: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
            };
            header?: never;
            path: {
                /** @description The environment */
                environmentId: components["schemas"]["EnvironmentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_AuditEntry"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listPipelineAudit: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
            };
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_AuditEntry"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listPipelines: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
                /** @description Of this team, or using an environment of this team */
                team?: components["schemas"]["TeamName"];
                /** @description Using this environment */
                environmentId?: components["schemas"]["EnvironmentId"];
                /** @description Following this strategy */
                strategy?: components["schemas"]["Strategy"];
                /** @description In this status */
                status?: components["schemas"]["ListedStatus"];
                /** @description With this tag, as key:value. Repeat it to ask for several tags: a pipeline must have all of them */
                tag?: components["schemas"]["TagFilter"][];
                /** @description With this text in name, description or id */
                q?: components["schemas"]["SearchText"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Pipeline"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    createPipeline: {
        parameters: {
            query?: {
                /** @description Whether only to say what would happen. The default is false */
                dryRun?: boolean;
            };
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreatePipeline"];
            };
        };
        responses: {
            /** @description What creating it would do, for a dry run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
            /** @description Recorded; its deployment is under way */
            201: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    /** @description Where to read it from now on */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getPipeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pipeline */
            200: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    deletePipeline: {
        parameters: {
            query?: {
                /** @description Whether to delete the repository, too, with everything that was ever committed to it. The default is false */
                deleteRepository?: boolean;
            };
            header?: {
                /** @description The entity tag of the record that the deletion is meant for */
                "If-Match"?: components["schemas"]["EntityTags"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pipeline, which is being deleted: lastDeployment is its deletion */
            202: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    /** @description Where to follow it */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    changePipeline: {
        parameters: {
            query?: {
                /** @description Whether only to say what would happen. The default is false */
                dryRun?: boolean;
            };
            header?: {
                /** @description The entity tag of the record that the change is meant for */
                "If-Match"?: components["schemas"]["EntityTags"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePipeline"];
            };
        };
        responses: {
            /** @description The changed pipeline; its deployment is under way. For a dry run, what the change would do */
            200: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedPipeline"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    issueCredentials: {
        parameters: {
            query?: never;
            header?: {
                /** @description Accepted, without effect: credentials are stored nowhere, and each call gives new ones */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Credentials in the form of the AWS CLI's credential_process; never cached */
            200: {
                headers: {
                    /** @description no-store */
                    "Cache-Control"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credentials"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getStages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stages, and the CodePipelines that deliver them. A stage is NOT_DEPLOYED while its CodePipeline does not exist */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LiveStages"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    browseFiles: {
        parameters: {
            query?: {
                /** @description The branch; main if it is not given */
                branch?: components["schemas"]["BranchName"];
                /** @description The folder or file, from the repository's root; the root if it is not given. Slashes around it are ignored */
                path?: components["schemas"]["PathOfCaller"];
            };
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is there: a folder's entries, or a file's content */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Browsed"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The file is larger than 1 MiB */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listBranches: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
            };
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Branch"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getResources: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
                /** @description The stage */
                stage: components["schemas"]["StageName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stack with its resources and outputs. There are none while there is no stack */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StageResources"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listRevisions: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
            };
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_PipelineRevision"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    restoreRevision: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
                /** @description The entity tag of the record that the restoration is meant for */
                "If-Match"?: components["schemas"]["EntityTags"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
                /** @description The revision to restore */
                revision: components["schemas"]["Revision"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The changed pipeline; its deployment is under way */
            200: {
                headers: {
                    /** @description The revision */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pipeline"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listDeployments: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
            };
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_DeploymentView"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    redeployPipeline: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The deployment that is under way */
            202: {
                headers: {
                    /** @description Where to follow it */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentView"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
                /** @description The deployment */
                deploymentId: components["schemas"]["DeploymentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The deployment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentView"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listRuns: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
            };
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Run"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    startRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day, and start one run: CodePipeline knows the key as its clientRequestToken */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["StartRun"];
            };
        };
        responses: {
            /** @description The run */
            202: {
                headers: {
                    /** @description Where to follow it */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedRun"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getRun: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
                /** @description The run */
                runId: components["schemas"]["RunId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunDetails"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    stopRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
                /** @description The run */
                runId: components["schemas"]["RunId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StopRun"];
            };
        };
        responses: {
            /** @description The run is being stopped */
            202: {
                headers: {
                    /** @description Where to follow it */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoppedRun"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    answerApproval: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
                /** @description The stage */
                stage: components["schemas"]["StageName"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerApproval"];
            };
        };
        responses: {
            /** @description The answer, as it is recorded */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnsweredApproval"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    retryStage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path: {
                /** @description The pipeline */
                pipelineId: components["schemas"]["PipelineId"];
                /** @description The stage */
                stage: components["schemas"]["StageName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is tried again */
            202: {
                headers: {
                    /** @description Where to follow the run */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetriedStage"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listRedeployments: {
        parameters: {
            query?: {
                /** @description At most so many items: 1-100, by default 20 */
                limit?: number;
                /** @description Where the last page ended */
                nextToken?: components["schemas"]["NextToken"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_RedeploymentSummary"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    requestRedeployment: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and request give the same answer for a day */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Target"];
            };
        };
        responses: {
            /** @description The redeployment, which has begun */
            202: {
                headers: {
                    /** @description Where to follow it */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redeployment"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getRedeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The redeployment. One that an event asked for has the event's id */
                redeploymentId: components["schemas"]["RedeploymentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The redeployment */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redeployment"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    cancelRedeployment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Has no effect here: repeating the request is harmless */
                "Idempotency-Key"?: components["schemas"]["IdempotencyKey"];
            };
            path: {
                /** @description The redeployment */
                redeploymentId: components["schemas"]["RedeploymentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The redeployment */
            202: {
                headers: {
                    /** @description Where to follow it */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redeployment"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description You */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Bad input: every problem, with a pointer to it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No valid id token of one of the platform's clients */
            401: {
                headers: {
                    /** @description Bearer */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not for this caller */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Not there, or not to be seen by this caller */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The request contradicts the present state or exceeds a quota, or somebody else changed the record at the same time */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description `If-Match` names another revision than the present one */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body is larger than any that the API takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The `Idempotency-Key` was used with another request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many requests: try again after `Retry-After` */
            429: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A fault of the platform's own */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer properly: try again in a moment */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Try again in a moment */
            503: {
                headers: {
                    /** @description In so many seconds */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The function behind the call did not answer in time: read the record before trying again */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
}
