// Answers questions to IAM by an independent simulator: a list of simulations on stdin, their results on stdout.
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const require = createRequire(new URL('../../.tools/node/package.json', import.meta.url))
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const answers = []
for (const simulation of JSON.parse(await text(process.stdin))) {
  const answer = await runSimulation({ serviceControlPolicies: [], resourceControlPolicies: [], ...simulation }, {})
  answers.push(answer.resultType === 'error' ? { error: JSON.stringify(answer.errors) } : { result: answer.overallResult })
}
process.stdout.write(JSON.stringify(answers))
