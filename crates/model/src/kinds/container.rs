//! `container`: a command or a script in a container of podman or docker.

use super::field::{Field, FieldDefault, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind};
use crate::action::{Action, ContainerAction, ContainerRuns, Mount, image_problem};
use crate::document::Json;

pub(super) static KIND: Kind = Kind {
    id: "container",
    title: "Container",
    category: Category::Run,
    icon: "cube",
    summary: "Runs a command or a script in a container of podman or docker.",
    docs: DOCS,
    fields: &[
        Field::new(
            "image",
            "Image",
            FieldShape::Text { multiline: false, language: None },
            "The image, best with its registry and a tag or a digest.",
        )
        .required()
        .template()
        .placeholder("docker.io/library/debian:12"),
        Field::new(
            "command",
            "Command",
            FieldShape::TextList,
            "The command and its arguments; the image's entry point comes before it, if it has one. Without `command` and `script` the image's own command runs.",
        )
        .template()
        .placeholder("python3"),
        Field::new(
            "script",
            "Script",
            FieldShape::Text { multiline: true, language: Some("sh") },
            "A script for the image's `sh`, in place of `command`. It ends at the first command that fails. It is taken as it is, without `${ … }` expressions.",
        )
        .placeholder("echo hello"),
        Field::new(
            "mounts",
            "Mounts",
            FieldShape::KeyValue,
            "What it sees of this machine: a path in the container, and the file or folder here, relative to the task's working directory.",
        )
        .template()
        .placeholder("/data"),
        Field::new(
            "read_only_mounts",
            "Read-only mounts",
            FieldShape::KeyValue,
            "The same, for what it may read and not write.",
        )
        .template()
        .placeholder("/config"),
        Field::new(
            "workdir",
            "Folder in the container",
            FieldShape::Text { multiline: false, language: None },
            "Where the command starts, in the container; the image's folder where nothing is given.",
        )
        .template()
        .placeholder("/data"),
        Field::new(
            "pull",
            "Fetch the image",
            FieldShape::Choice { choices: &["missing", "always", "never"], open: false },
            "When the image is fetched.",
        )
        .default(FieldDefault::Text("missing"))
        .advanced(),
        Field::new(
            "network",
            "Network",
            FieldShape::Choice { choices: &["none", "host", "bridge"], open: true },
            "Its network: `none`, `host`, or one of podman or docker by name; their own choice where nothing is given.",
        )
        .advanced(),
        Field::new(
            "cpus",
            "Processors",
            FieldShape::Text { multiline: false, language: None },
            "How many processors it may use, such as `1.5`.",
        )
        .placeholder("1.5")
        .advanced(),
        Field::new(
            "memory",
            "Memory",
            FieldShape::Text { multiline: false, language: None },
            "How much memory it may use: a number with `k`, `m` or `g`.",
        )
        .placeholder("512m")
        .advanced(),
        Field::new(
            "user",
            "User",
            FieldShape::Text { multiline: false, language: None },
            "As whom it runs in the container: a name or a number, also with a group, such as `1000:1000`.",
        )
        .template()
        .placeholder("1000:1000")
        .advanced(),
        Field::new(
            "init",
            "First process",
            FieldShape::Bool,
            "A small first process in the container hands on signals, so that a cancel ends programs that do not expect to be the first process, and collects what has ended.",
        )
        .default(FieldDefault::Bool(true))
        .advanced(),
        Field::new(
            "engine",
            "Engine",
            FieldShape::Choice { choices: &["podman", "docker"], open: true },
            "The program that starts it: a name on the `PATH`, or a whole path. Without it, `podman` where there is one, else `docker`.",
        )
        .advanced(),
        Field::new(
            "options",
            "Options",
            FieldShape::TextList,
            "More options of `podman run` or `docker run`, such as `--gpus=all`.",
        )
        .placeholder("--gpus=all")
        .advanced(),
        Field::skip_exit_code(),
    ],
    outputs: &[],
    lower,
};

const DOCS: &str = r#"
A program with all that it needs, from an image. A script that reads and writes a folder of yours:

```json
{
  "name": "convert",
  "kind": "container",
  "env": { "DAY": "${params.day}" },
  "spec": {
    "image": "docker.io/library/debian:12",
    "script": "wc -l < \"/in/$DAY.csv\" > /out/count.txt",
    "mounts": { "/out": "results" },
    "read_only_mounts": { "/in": "sales" }
  }
}
```

A command, whose arguments may hold values:

```json
{
  "name": "resize",
  "kind": "container",
  "spec": {
    "image": "docker.io/dpokidov/imagemagick:7.1.1-15",
    "command": ["/pictures/${params.file}", "-resize", "50%", "/pictures/small.png"],
    "mounts": { "/pictures": "." },
    "network": "none",
    "memory": "1g"
  }
}
```

**What it sees.** The image, the `mounts`, and the files of Millrace: `$MILLRACE_INPUTS`, `$MILLRACE_OUTPUTS` and
`$MILLRACE_RUN_DIR` name places below `/millrace`. `millrace-task` is not in the image, and everything that it does can be done with
files: outputs and metrics are JSON lines, progress and the reason of a skip are a file each, and artifacts are files in a folder.

```sh
echo "{\"rows\": $rows}" >> "$MILLRACE_OUTPUTS"
cp report.html "$MILLRACE_ARTIFACTS/"
echo '{"fraction": 0.4, "text": "part 2 of 5"}' > "$MILLRACE_PROGRESS"
echo '{"metric": "loss", "value": 0.12, "step": 3}' >> "$MILLRACE_METRICS"
echo 'no new files' > "$MILLRACE_SKIP"
```

What earlier tasks left is in `$MILLRACE_RUN_ARTIFACTS/TASK/NAME`, and readable for the user root of the container. Artifacts have to be readable for
you: what a container writes as another `user` needs `chmod a+r`.

Of the environment it gets what the workflow and the task set in `env`, secrets too, and nothing of yours. Values stand in no
command line. Only those of variables that podman and docker use themselves (`PATH`, `HOME`, `DOCKER_…`, `CONTAINER…`, `XDG_…`,
`LD_…`) do, and these cannot be secrets.

**How it ends.** With the exit code of its command. What it prints is its log. 125 is not from the command: podman or docker could
not start the container (there is no such image, no such option), and the task is an *Error* that says why; `retry.on` with `error` tries
again, where a registry could not be reached. A command that is not in the image or cannot be run makes the task *Failed*, with exit code
126 or 127 without `init`, and with what the first process says where there is one.

A cancel and a `timeout` send SIGTERM, and end the container after `grace`. It is removed in any case, also when Millrace was
killed: the next start finds it by its name and its label `millrace.attempt`. A container does not outlive its task.

**Tried with** podman 4.3 as root, podman 4.3 without root (with `runc`, as user root and another `user` in the container), and docker 20.10 as root, on
Debian 12: outputs, artifacts, progress, metrics, a skip, and a time-out after which nothing is left. Where podman without root says that its runtime
knows no cgroups of a hybrid mode, give it another one: `"options"` come behind `run`, so that is a matter of podman's own configuration.

**Files** that the container writes belong to you with podman, unless it runs as another `user`; with docker they belong to root, unless
`user` says otherwise. `produces` looks on this machine, so name files below a mount.
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let image = reader.template("image");
    if let Some(problem) = image.as_ref().and_then(|it| it.as_literal()).and_then(image_problem) {
        reader.fail("image", problem);
    }
    let runs = runs(&mut reader);
    let mut mounts = Vec::new();
    for (key, read_only) in [("mounts", false), ("read_only_mounts", true)] {
        for (target, source) in reader.named_templates(key) {
            if let Some(problem) = target_problem(&target) {
                reader.fail(key, problem);
            }
            if mounts.iter().any(|mount: &Mount| mount.target == target) {
                reader.fail(key, format!("`{target}` stands twice"));
            }
            mounts.push(Mount { target, source, read_only });
        }
    }
    let (cpus, memory) = (reader.text("cpus"), reader.text("memory"));
    if cpus.as_deref().is_some_and(|text| !is_cpus(text)) {
        reader
            .fail("cpus", "a number of processors above 0, such as `1.5`, is expected".to_owned());
    }
    if memory.as_deref().is_some_and(|text| !is_memory(text)) {
        reader.fail("memory", "a size such as `512m` or `2g` is expected".to_owned());
    }
    let options = options(&mut reader);
    let engine = reader.text("engine");
    if engine.as_deref().is_some_and(|it| it.trim().is_empty() || it.starts_with('-')) {
        reader
            .fail("engine", "not a program: a name on the `PATH` or a path is expected".to_owned());
    }
    let network = reader.text("network");
    if network.as_deref().is_some_and(|it| it.trim().is_empty()) {
        reader.fail("network", "empty; leave it out for the usual network".to_owned());
    }
    let action = match (image, reader.text("pull")) {
        (Some(image), Some(pull)) => Some(Action::Container(Box::new(ContainerAction {
            engine,
            image,
            runs,
            mounts,
            workdir: reader.template("workdir"),
            pull,
            network,
            cpus,
            memory,
            user: reader.template("user"),
            init: reader.bool("init"),
            options,
            skip_exit_code: reader.skip_exit_code(),
        }))),
        _ => None,
    };
    reader.finish(action)
}

fn runs(reader: &mut Reader<'_>) -> ContainerRuns {
    let command = reader.templates("command");
    let script = reader.text("script");
    if reader.given("command").is_some() && reader.given("script").is_some() {
        reader.fail("script", "given beside `command`: only one of the two can run".to_owned());
    }
    match script {
        Some(script) => ContainerRuns::Script(script),
        None if !command.is_empty() => ContainerRuns::Command(command),
        None => ContainerRuns::Image,
    }
}

fn target_problem(target: &str) -> Option<String> {
    let is_inside = target.starts_with('/')
        && !target.trim_matches('/').is_empty()
        && !target.split('/').any(|part| part == "..")
        && !target.contains(|c: char| c.is_control());
    if !is_inside {
        return Some(format!("`{target:.80}` is not a path in the container, such as `/data`"));
    }
    let is_ours = target == "/millrace" || target.starts_with("/millrace/");
    is_ours.then(|| "`/millrace` holds Millrace's own files; choose another path".to_owned())
}

fn is_cpus(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.parse::<f64>().is_ok_and(|count| count > 0.0)
}

fn is_memory(text: &str) -> bool {
    let number = text.trim_end_matches(['b', 'k', 'm', 'g', 'B', 'K', 'M', 'G']);
    text.len() - number.len() <= 2 && number.parse::<u64>().is_ok_and(|size| size > 0)
}

/// Options with which the container would not be one that Millrace can watch and remove.
const OWN: [&str; 12] = [
    "-d",
    "--detach",
    "-i",
    "--interactive",
    "-t",
    "--tty",
    "--name",
    "--rm",
    "--cidfile",
    "--sig-proxy",
    "-a",
    "--attach",
];

fn options(reader: &mut Reader<'_>) -> Vec<String> {
    let options = reader.texts("options");
    for (index, option) in options.iter().enumerate() {
        let name = option.split('=').next().unwrap_or(option);
        // `-dit` is three of them.
        let is_short = option.starts_with('-') && !option.starts_with("--");
        let message = if OWN.contains(&name)
            || is_short && option.len() <= 4 && option[1..].chars().all(|c| "dita".contains(c))
        {
            format!("`{name}` is for Millrace to set: it watches the container and removes it")
        } else if index == 0 && !option.starts_with('-') {
            format!("`{option:.40}` is not an option, such as `--gpus=all`")
        } else {
            continue;
        };
        let problem = SpecProblem { index: Some(index), ..SpecProblem::of("options", message) };
        reader.problems.push(problem);
    }
    options
}
