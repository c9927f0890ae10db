use application::{
    artifacts::get_json,
    step::Step as _,
    workflow::{
        plan::Plan,
        render_repository::{RenderRepository, RenderRepositoryInput},
    },
};
use rendering::Repository;
use time::OffsetDateTime;

use crate::{
    fixtures::{deployment, rendered},
    world::World,
};

#[tokio::test]
async fn writes_the_repository_and_every_template_the_same_each_time() {
    let world = World::default();
    let (plan, first) = rendered(&world, &deployment()).await;
    let before = world.state().artifacts.clone();
    let input = RenderRepositoryInput {
        deployment_id: deployment(),
        plan: plan.clone(),
    };
    assert_eq!(
        RenderRepository { artifacts: &world }
            .run(input, OffsetDateTime::UNIX_EPOCH)
            .await
            .unwrap(),
        first
    );
    assert_eq!(world.state().artifacts, before);

    let repository: Repository = get_json(&&world, &plan.artifacts_prefix.repository())
        .await
        .unwrap();
    assert_eq!(
        (repository.files().len(), repository.digest()),
        (first.files, first.digest.clone())
    );
    let frozen: Plan = plan.plan(&&world).await.unwrap();
    assert_eq!(repository, rendering::repository(&frozen.blueprint).unwrap());
    for stack in &first.stacks {
        assert_eq!(
            before[&plan.artifacts_prefix.template(&stack.name)].len(),
            stack.bytes
        );
    }
}

#[tokio::test]
async fn support_stacks_come_before_the_cicd_stack() {
    let (_, rendered) = rendered(&World::default(), &deployment()).await;
    let waves: Vec<Vec<&str>> = rendered
        .waves()
        .iter()
        .map(|wave| wave.iter().map(|stack| stack.name.as_str()).collect())
        .collect();
    let cicd = "dataall-pipeline-sales-k3j9x0ab";
    assert_eq!(
        waves,
        [
            vec![
                format!("{cicd}-support-eu-central-1").as_str(),
                &format!("{cicd}-support-us-east-1")
            ],
            vec![cicd]
        ]
    );
}
