"""CodeCommit through boto3: every operation, and the errors by their names."""

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, OTHER_ACCOUNT, REGION, allow, unique


def put(path: str, content: bytes = b"x", **options) -> dict:
    return {"filePath": path, "fileContent": content, **options}


def refused(code: str):
    return pytest.raises(ClientError, match=rf"\({code}\)")


class TestRepositories:
    def test_describes_a_new_repository_as_aws_does(self, codecommit):
        name = unique("dataall-sales")
        created = codecommit.create_repository(repositoryName=name, repositoryDescription="Sales", tags={"team": "research"})
        metadata = created["repositoryMetadata"]
        assert metadata["Arn"] == f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{name}"
        assert metadata["cloneUrlHttp"] == f"https://git-codecommit.{REGION}.amazonaws.com/v1/repos/{name}"
        assert "defaultBranch" not in metadata
        assert codecommit.get_repository(repositoryName=name)["repositoryMetadata"] == metadata
        assert codecommit.list_tags_for_resource(resourceArn=metadata["Arn"])["tags"] == {"team": "research"}

    def test_names_are_unique_within_an_account_and_region_only(self, aws, codecommit, repository):
        with refused("RepositoryNameExistsException"):
            codecommit.create_repository(repositoryName=repository)
        aws.client("codecommit", OTHER_ACCOUNT).create_repository(repositoryName=repository)
        aws.client("codecommit", region="us-east-1").create_repository(repositoryName=repository)

    @pytest.mark.parametrize("name", ["with space", "sla/sh", "ends.git", "umlaut-ä"])
    def test_refuses_bad_names(self, codecommit, name):
        with refused("InvalidRepositoryNameException"):
            codecommit.create_repository(repositoryName=name)

    def test_refuses_a_description_that_is_too_long(self, codecommit):
        with refused("InvalidRepositoryDescriptionException"):
            codecommit.create_repository(repositoryName=unique("r"), repositoryDescription="x" * 1001)

    def test_lists_updates_and_renames(self, codecommit, repository):
        codecommit.update_repository_description(repositoryName=repository, repositoryDescription="new")
        renamed = unique("dataall-renamed")
        codecommit.update_repository_name(oldName=repository, newName=renamed)
        assert codecommit.get_repository(repositoryName=renamed)["repositoryMetadata"]["repositoryDescription"] == "new"
        names = [r["repositoryName"] for r in codecommit.list_repositories()["repositories"]]
        assert renamed in names and repository not in names
        found = codecommit.batch_get_repositories(repositoryNames=[renamed, repository])
        assert [r["repositoryName"] for r in found["repositories"]] == [renamed]
        assert found["repositoriesNotFound"] == [repository]

    def test_tags_come_and_go(self, codecommit, repository):
        arn = codecommit.get_repository(repositoryName=repository)["repositoryMetadata"]["Arn"]
        codecommit.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        codecommit.untag_resource(resourceArn=arn, tagKeys=["a", "absent"])
        assert codecommit.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
        with refused("InvalidSystemTagUsageException"):
            codecommit.tag_resource(resourceArn=arn, tags={"aws:x": "1"})
        with refused("TooManyTagsException"):
            codecommit.tag_resource(resourceArn=arn, tags={f"t{i}": "" for i in range(50)})

    def test_deletes_and_an_absent_repository_is_no_error(self, codecommit, repository):
        deleted = codecommit.delete_repository(repositoryName=repository)
        assert deleted["repositoryId"]
        assert "repositoryId" not in codecommit.delete_repository(repositoryName=repository)
        with refused("RepositoryDoesNotExistException"):
            codecommit.get_repository(repositoryName=repository)


class TestCommits:
    def test_the_first_commit_makes_its_branch_the_default(self, codecommit, repository):
        made = codecommit.create_commit(
            repositoryName=repository,
            branchName="main",
            authorName="Ada",
            email="ada@example.org",
            commitMessage="Start\n",
            putFiles=[put("app.py", b"print('\xc3\xa4')\n"), put("run.sh", b"#!/bin/sh\n", fileMode="EXECUTABLE")],
        )
        assert [f["absolutePath"] for f in made["filesAdded"]] == ["app.py", "run.sh"]
        assert codecommit.get_repository(repositoryName=repository)["repositoryMetadata"]["defaultBranch"] == "main"
        commit = codecommit.get_commit(repositoryName=repository, commitId=made["commitId"])["commit"]
        assert (commit["parents"], commit["message"], commit["author"]["name"]) == ([], "Start\n", "Ada")
        file = codecommit.get_file(repositoryName=repository, filePath="run.sh")
        assert (file["fileMode"], file["fileContent"], file["fileSize"]) == ("EXECUTABLE", b"#!/bin/sh\n", 10)

    def test_a_commit_puts_deletes_and_changes_modes_at_once(self, codecommit, repository, first_commit):
        made = codecommit.create_commit(
            repositoryName=repository,
            branchName="main",
            parentCommitId=first_commit,
            putFiles=[put("a.txt", b"changed"), put("new.txt")],
            deleteFiles=[{"filePath": "folder/b.txt"}],
            keepEmptyFolders=True,
        )
        assert [f["absolutePath"] for f in made["filesAdded"]] == ["folder/.gitkeep", "new.txt"]
        assert [f["absolutePath"] for f in made["filesUpdated"]] == ["a.txt"]
        assert [f["absolutePath"] for f in made["filesDeleted"]] == ["folder/b.txt"]
        modes = [{"filePath": "new.txt", "fileMode": "EXECUTABLE"}]
        changed = codecommit.create_commit(
            repositoryName=repository, branchName="main", parentCommitId=made["commitId"], setFileModes=modes
        )
        assert changed["filesUpdated"][0]["fileMode"] == "EXECUTABLE"

    def test_the_parent_is_a_lock(self, codecommit, repository, first_commit):
        change = {"repositoryName": repository, "branchName": "main", "putFiles": [put("c.txt")]}
        with refused("ParentCommitIdRequiredException"):
            codecommit.create_commit(**change)
        codecommit.create_commit(**change, parentCommitId=first_commit)
        with refused("ParentCommitIdOutdatedException"):
            codecommit.create_commit(**change, parentCommitId=first_commit)
        with refused("ParentCommitDoesNotExistException"):
            codecommit.create_commit(**change, parentCommitId="0" * 40)
        with refused("InvalidParentCommitIdException"):
            codecommit.create_commit(**change, parentCommitId="main")

    def test_refuses_a_commit_that_changes_nothing(self, codecommit, repository, first_commit):
        with refused("NoChangeException"):
            codecommit.create_commit(
                repositoryName=repository,
                branchName="main",
                parentCommitId=first_commit,
                putFiles=[put("a.txt", b"one\n")],
            )

    def test_other_branches_must_exist(self, codecommit, repository, first_commit):
        with refused("BranchDoesNotExistException"):
            codecommit.create_commit(repositoryName=repository, branchName="dev", parentCommitId=first_commit, putFiles=[put("x")])

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({}, "FileEntryRequiredException"),
            ({"putFiles": [put("x"), put("x")]}, "PutFileEntryConflictException"),
            ({"putFiles": [put("a.txt")], "deleteFiles": [{"filePath": "a.txt"}]}, "SamePathRequestException"),
            ({"putFiles": [put("/abs")]}, "InvalidPathException"),
            ({"putFiles": [put("up/../x")]}, "InvalidPathException"),
            ({"putFiles": [put(".git/config")]}, "InvalidPathException"),
            ({"putFiles": [put("a.txt/x")]}, "DirectoryNameConflictsWithFileNameException"),
            ({"putFiles": [put("folder")]}, "FileNameConflictsWithDirectoryNameException"),
            ({"putFiles": [{"filePath": "x"}]}, "SourceFileOrContentRequiredException"),
            ({"putFiles": [put("x", fileMode="WEIRD")]}, "InvalidFileModeException"),
            ({"putFiles": [put("x", b"x" * (6 * 1024 * 1024 + 1))]}, "FileContentSizeLimitExceededException"),
            ({"putFiles": [put(n, b"x" * 4 * 1024 * 1024) for n in "xy"]}, "FolderContentSizeLimitExceededException"),
            ({"putFiles": [put(f"f{i}") for i in range(101)]}, "MaximumFileEntriesExceededException"),
            ({"deleteFiles": [{"filePath": "absent"}]}, "FileDoesNotExistException"),
            ({"setFileModes": [{"filePath": "absent", "fileMode": "NORMAL"}]}, "FileDoesNotExistException"),
            ({"putFiles": [put("x")], "commitMessage": "x" * 10_241}, "CommitMessageLengthExceededException"),
            ({"putFiles": [put("x")], "email": "a<b"}, "InvalidEmailException"),
            ({"putFiles": [put("x")], "authorName": "x" * 513}, "NameLengthExceededException"),
        ],
    )
    def test_refuses(self, codecommit, repository, first_commit, change, code):
        with refused(code):
            codecommit.create_commit(repositoryName=repository, branchName="main", parentCommitId=first_commit, **change)

    def test_single_files_are_put_and_deleted(self, codecommit, repository, first_commit):
        where = {"repositoryName": repository, "branchName": "main"}
        made = codecommit.put_file(**where, parentCommitId=first_commit, filePath="c.txt", fileContent=b"three", name="Ada")
        with refused("SameFileContentException"):
            codecommit.put_file(**where, parentCommitId=made["commitId"], filePath="c.txt", fileContent=b"three")
        deleted = codecommit.delete_file(**where, parentCommitId=made["commitId"], filePath="c.txt")
        assert deleted["blobId"] == made["blobId"]

    def test_a_path_may_begin_at_the_root(self, codecommit, repository, first_commit):
        """As in https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetFile.html"""
        where = {"repositoryName": repository, "branchName": "main", "filePath": "/folder/c.txt"}
        made = codecommit.put_file(**where, parentCommitId=first_commit, fileContent=b"three")
        assert codecommit.get_file(repositoryName=repository, filePath="folder/c.txt")["fileContent"] == b"three"
        assert codecommit.delete_file(**where, parentCommitId=made["commitId"])["filePath"] == "folder/c.txt"

    def test_a_file_can_be_moved(self, codecommit, repository, first_commit):
        source = {"filePath": "moved.txt", "sourceFile": {"filePath": "a.txt", "isMove": True}}
        made = codecommit.create_commit(repositoryName=repository, branchName="main", parentCommitId=first_commit, putFiles=[source])
        assert made["filesAdded"][0]["blobId"] == made["filesDeleted"][0]["blobId"]


class TestBranches:
    def test_come_and_go(self, codecommit, repository, first_commit):
        codecommit.create_branch(repositoryName=repository, branchName="dev", commitId=first_commit)
        assert codecommit.list_branches(repositoryName=repository)["branches"] == ["dev", "main"]
        assert codecommit.get_branch(repositoryName=repository, branchName="dev")["branch"]["commitId"] == first_commit
        with refused("BranchNameExistsException"):
            codecommit.create_branch(repositoryName=repository, branchName="dev", commitId=first_commit)
        codecommit.update_default_branch(repositoryName=repository, defaultBranchName="dev")
        with refused("DefaultBranchCannotBeDeletedException"):
            codecommit.delete_branch(repositoryName=repository, branchName="dev")
        assert codecommit.delete_branch(repositoryName=repository, branchName="main")["deletedBranch"]["commitId"] == first_commit
        assert "deletedBranch" not in codecommit.delete_branch(repositoryName=repository, branchName="main")
        with refused("BranchDoesNotExistException"):
            codecommit.get_branch(repositoryName=repository, branchName="main")

    @pytest.mark.parametrize("name", ["a..b", "a//b", "a@{b", "a b", "a?", "a^", "a*", "a[", "a\\b", "a~", "a:b", "0" * 40, "x" * 257])
    def test_refuses_bad_names(self, codecommit, repository, first_commit, name):
        with refused("InvalidBranchNameException"):
            codecommit.create_branch(repositoryName=repository, branchName=name, commitId=first_commit)

    def test_need_a_commit(self, codecommit, repository, first_commit):
        with refused("CommitDoesNotExistException"):
            codecommit.create_branch(repositoryName=repository, branchName="dev", commitId="0" * 40)
        with refused("InvalidCommitIdException"):
            codecommit.create_branch(repositoryName=repository, branchName="dev", commitId="main")


class TestBrowsing:
    def test_folders_and_files(self, codecommit, repository, first_commit):
        root = codecommit.get_folder(repositoryName=repository, folderPath="/")
        assert [f["absolutePath"] for f in root["files"]] == ["a.txt"]
        assert [f["absolutePath"] for f in root["subFolders"]] == ["folder"]
        below = codecommit.get_folder(repositoryName=repository, folderPath="folder", commitSpecifier="main")
        assert [(f["absolutePath"], f["relativePath"]) for f in below["files"]] == [("folder/b.txt", "b.txt")]
        blob = below["files"][0]["blobId"]
        assert codecommit.get_blob(repositoryName=repository, blobId=blob)["content"] == b"two\n"
        with refused("FileDoesNotExistException"):
            codecommit.get_file(repositoryName=repository, filePath="absent")
        with refused("FolderDoesNotExistException"):
            codecommit.get_folder(repositoryName=repository, folderPath="absent")
        with refused("CommitDoesNotExistException"):
            codecommit.get_file(repositoryName=repository, filePath="a.txt", commitSpecifier="absent")

    def test_an_empty_repository_has_no_files(self, codecommit, repository):
        with refused("CommitDoesNotExistException"):
            codecommit.get_file(repositoryName=repository, filePath="a.txt")

    def test_differences(self, codecommit, repository, first_commit):
        second = codecommit.create_commit(
            repositoryName=repository,
            branchName="main",
            parentCommitId=first_commit,
            putFiles=[put("a.txt", b"changed"), put("new.txt")],
            deleteFiles=[{"filePath": "folder/b.txt"}],
        )["commitId"]
        pages = codecommit.get_paginator("get_differences").paginate(
            repositoryName=repository,
            beforeCommitSpecifier=first_commit,
            afterCommitSpecifier=second,
            PaginationConfig={"PageSize": 2},
        )
        found = [d for page in pages for d in page["differences"]]
        assert [d["changeType"] for d in found] == ["M", "D", "A"]
        assert found[1]["beforeBlob"]["path"] == "folder/b.txt" and "afterBlob" not in found[1]
        from_nothing = codecommit.get_differences(repositoryName=repository, afterCommitSpecifier="main")["differences"]
        assert {d["changeType"] for d in from_nothing} == {"A"}

    def test_commits_in_batches(self, codecommit, repository, first_commit):
        found = codecommit.batch_get_commits(repositoryName=repository, commitIds=[first_commit, "0" * 40])
        assert [c["commitId"] for c in found["commits"]] == [first_commit]
        assert found["errors"][0]["errorCode"] == "CommitDoesNotExistException"


class TestPullRequests:
    @pytest.fixture
    def offer(self, codecommit, repository, first_commit):
        """A branch with one commit, and a pull request of it to main."""
        codecommit.create_branch(repositoryName=repository, branchName="offer", commitId=first_commit)
        commit = codecommit.create_commit(
            repositoryName=repository,
            branchName="offer",
            parentCommitId=first_commit,
            putFiles=[put("a.txt", b"offered")],
        )["commitId"]
        target = {"repositoryName": repository, "sourceReference": "offer", "destinationReference": "main"}
        created = codecommit.create_pull_request(title="Ours", description="Please merge", targets=[target], clientRequestToken="one")
        assert (
            codecommit.create_pull_request(title="Ours", targets=[target], clientRequestToken="one")["pullRequest"]
            == created["pullRequest"]
        )
        return created["pullRequest"]["pullRequestId"], commit

    def test_fast_forward(self, codecommit, repository, first_commit, offer):
        number, commit = offer
        target = codecommit.get_pull_request(pullRequestId=number)["pullRequest"]["pullRequestTargets"][0]
        assert (target["sourceCommit"], target["destinationCommit"], target["mergeBase"]) == (
            commit,
            first_commit,
            first_commit,
        )
        merged = codecommit.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName=repository)["pullRequest"]
        assert merged["pullRequestStatus"] == "CLOSED"
        assert merged["pullRequestTargets"][0]["mergeMetadata"]["isMerged"]
        assert codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"] == commit
        with refused("PullRequestAlreadyClosedException"):
            codecommit.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName=repository)

    def test_diverged_branches_need_another_merge(self, codecommit, repository, first_commit, offer):
        number, _ = offer
        codecommit.put_file(repositoryName=repository, branchName="main", parentCommitId=first_commit, filePath="b", fileContent=b"b")
        with refused("ManualMergeRequiredException"):
            codecommit.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName=repository)
        specifiers = {
            "sourceCommitSpecifier": "offer",
            "destinationCommitSpecifier": "main",
            "repositoryName": repository,
        }
        assert codecommit.get_merge_conflicts(**specifiers, mergeOption="THREE_WAY_MERGE")["mergeable"]
        assert not codecommit.get_merge_conflicts(**specifiers, mergeOption="FAST_FORWARD_MERGE")["mergeable"]
        codecommit.merge_pull_request_by_three_way(pullRequestId=number, repositoryName=repository)
        assert codecommit.get_file(repositoryName=repository, filePath="a.txt")["fileContent"] == b"offered"

    def test_each_place_that_conflicts_counts(self, codecommit, repository, first_commit):
        """https://docs.aws.amazon.com/codecommit/latest/APIReference/API_ConflictMetadata.html"""
        lines = [f"line {number}" for number in range(20)]
        where = {"repositoryName": repository, "filePath": "lines.txt"}

        def put(branch: str, parent: str, first: str, last: str) -> str:
            text = "\n".join([first, *lines[1:-1], last]).encode()
            return codecommit.put_file(**where, branchName=branch, parentCommitId=parent, fileContent=text)["commitId"]

        base = put("main", first_commit, "line 0", "line 19")
        codecommit.create_branch(repositoryName=repository, branchName="other", commitId=base)
        put("main", base, "ours", "ours")
        put("other", base, "theirs", "theirs")
        [found] = codecommit.get_merge_conflicts(
            repositoryName=repository, sourceCommitSpecifier="other", destinationCommitSpecifier="main", mergeOption="THREE_WAY_MERGE"
        )["conflictMetadataList"]
        assert (found["filePath"], found["numberOfConflicts"]) == ("lines.txt", 2)

    def test_a_squash_has_one_parent(self, codecommit, repository, first_commit, offer):
        codecommit.merge_pull_request_by_squash(pullRequestId=offer[0], repositoryName=repository, commitMessage="Squashed")
        head = codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"]
        commit = codecommit.get_commit(repositoryName=repository, commitId=head)["commit"]
        assert (commit["parents"], commit["message"]) == ([first_commit], "Squashed")

    def test_conflicts_are_named(self, codecommit, repository, first_commit, offer):
        number, _ = offer
        codecommit.put_file(
            repositoryName=repository,
            branchName="main",
            parentCommitId=first_commit,
            filePath="a.txt",
            fileContent=b"theirs",
        )
        found = codecommit.get_merge_conflicts(
            repositoryName=repository,
            sourceCommitSpecifier="offer",
            destinationCommitSpecifier="main",
            mergeOption="THREE_WAY_MERGE",
        )
        assert not found["mergeable"]
        assert [(c["filePath"], c["numberOfConflicts"]) for c in found["conflictMetadataList"]] == [("a.txt", 1)]
        with refused("ManualMergeRequiredException"):
            codecommit.merge_pull_request_by_three_way(pullRequestId=number, repositoryName=repository)

    def test_closing_and_listing(self, codecommit, repository, offer):
        number, _ = offer
        assert codecommit.list_pull_requests(repositoryName=repository, pullRequestStatus="OPEN")["pullRequestIds"] == [number]
        codecommit.update_pull_request_status(pullRequestId=number, pullRequestStatus="CLOSED")
        assert codecommit.list_pull_requests(repositoryName=repository, pullRequestStatus="OPEN")["pullRequestIds"] == []
        with refused("InvalidPullRequestStatusUpdateException"):
            codecommit.update_pull_request_status(pullRequestId=number, pullRequestStatus="OPEN")

    def test_refuses_branches_that_are_not_there(self, codecommit, repository, first_commit):
        for source, code in (
            ("absent", "ReferenceDoesNotExistException"),
            ("main", "SourceAndDestinationAreSameException"),
        ):
            with refused(code):
                codecommit.create_pull_request(title="x", targets=[{"repositoryName": repository, "sourceReference": source}])
        with refused("PullRequestDoesNotExistException"):
            codecommit.get_pull_request(pullRequestId="999999")


class TestPermissions:
    def test_a_policy_on_the_repository_decides(self, aws, codecommit, repository, first_commit):
        arn = f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{repository}"
        session = aws.client("codecommit", aws.session(allow(["codecommit:GetBranch", "codecommit:GetPullRequest"], arn)))
        assert session.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"] == first_commit
        for call in (
            lambda: session.get_repository(repositoryName=repository),
            lambda: session.get_branch(repositoryName="another", branchName="main"),
            lambda: session.list_repositories(),
            lambda: session.create_commit(repositoryName=repository, branchName="main", putFiles=[put("x")]),
        ):
            with refused("AccessDeniedException"):
                call()

    def test_a_session_policy_narrows(self, aws, codecommit, repository, first_commit):
        other = unique("dataall-other")
        codecommit.create_repository(repositoryName=other)
        arn = f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{repository}"
        policy = f'{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"codecommit:Get*","Resource":"{arn}"}}}}'
        session = aws.client("codecommit", aws.session(allow("codecommit:*"), Policy=policy))
        session.get_repository(repositoryName=repository)
        for call in (
            lambda: session.get_repository(repositoryName=other),
            lambda: session.delete_repository(repositoryName=repository),
        ):
            with refused("AccessDeniedException"):
                call()

    def test_a_condition_on_the_branch_counts(self, aws, codecommit, repository, first_commit):
        protect = {"Effect": "Deny", "Action": "codecommit:CreateCommit", "Resource": "*"}
        protect["Condition"] = {
            "StringEqualsIfExists": {"codecommit:References": ["refs/heads/main"]},
            "Null": {"codecommit:References": "false"},
        }
        session = aws.client("codecommit", aws.session(allow("codecommit:*"), protect))
        session.create_branch(repositoryName=repository, branchName="dev", commitId=first_commit)
        change = {"repositoryName": repository, "parentCommitId": first_commit, "putFiles": [put("x")]}
        session.create_commit(**change, branchName="dev")
        with refused("AccessDeniedException"):
            session.create_commit(**change, branchName="main")
