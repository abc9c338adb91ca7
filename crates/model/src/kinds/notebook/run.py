# Runs a notebook by papermill: what it prints goes to the log, what becomes of it is kept, and the last line says which
# cell failed and why. Called with: notebook, output (may be empty), kernel (may be empty), "true" for HTML, parameters
# as JSON.
import json
import os
import shutil
import sys


def give_up(message, code=1):
    print(message, file=sys.stderr, flush=True)
    sys.exit(code)


def place(notebook, output):
    if output:
        path = os.path.abspath(output)
    else:
        task = os.environ.get("MILLRACE_TASK", "task") + "-" + os.environ.get("MILLRACE_TRY", "1")
        folder = os.path.join(os.environ.get("MILLRACE_RUN_DIR", "."), "notebooks", task)
        path = os.path.join(os.path.abspath(folder), os.path.basename(notebook))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def tell_progress():
    from papermill.engines import NotebookExecutionManager

    begin = NotebookExecutionManager.cell_start

    def cell_start(self, cell, cell_index=None, **more):
        if cell.cell_type == "code" and cell_index is not None:
            code = [at for at, it in enumerate(self.nb.cells) if it.cell_type == "code"]
            print(f"cell {code.index(cell_index) + 1} of {len(code)}", flush=True)
        return begin(self, cell, cell_index, **more)

    NotebookExecutionManager.cell_start = cell_start


def to_html(path):
    try:
        from nbconvert import HTMLExporter
    except ImportError as error:
        print(f"no HTML was made: {error}; add nbconvert", file=sys.stderr, flush=True)
        return None
    body, _resources = HTMLExporter().from_filename(path)
    page = os.path.splitext(path)[0] + ".html"
    with open(page, "w", encoding="utf-8") as file:
        file.write(body)
    return page


def keep(path, html):
    made = {"notebook": path} if os.path.exists(path) else {}
    page = to_html(path) if made and html else None
    if page:
        made["html"] = page
    artifacts = os.environ.get("MILLRACE_ARTIFACTS")
    if artifacts:
        for file in made.values():
            shutil.copy(file, artifacts)
    outputs = os.environ.get("MILLRACE_OUTPUTS")
    if outputs and made:
        with open(outputs, "a", encoding="utf-8") as file:
            print(json.dumps(made), file=file)
    for name in made.values():
        print(f"kept {name}", flush=True)


def main():
    notebook, output, kernel, html, parameters = sys.argv[1:6]
    try:
        import papermill
        from papermill.exceptions import PapermillExecutionError
    except ImportError as error:
        give_up(f"{sys.executable} cannot run notebooks ({error}): install papermill and ipykernel there, or name `requirements`")
    if not os.path.isfile(notebook):
        give_up(f"there is no notebook {os.path.abspath(notebook)}")
    path = place(notebook, output)
    if os.path.exists(path) and os.path.samefile(path, notebook):
        give_up(f"`output` is the notebook itself, {path}: choose another place")
    try:
        tell_progress()
    except (ImportError, AttributeError):
        # A later papermill may count its cells elsewhere; it runs them all the same.
        pass
    try:
        papermill.execute_notebook(
            notebook,
            path,
            parameters=json.loads(parameters),
            kernel_name=kernel or None,
            progress_bar=False,
            stdout_file=sys.stdout,
            stderr_file=sys.stderr,
        )
    except PapermillExecutionError as error:
        keep(path, html == "true")
        give_up(f"cell [{error.exec_count}] failed: {error.ename}: {error.evalue}")
    except Exception as error:
        give_up(f"the notebook could not be run: {type(error).__name__}: {error}")
    keep(path, html == "true")


main()
