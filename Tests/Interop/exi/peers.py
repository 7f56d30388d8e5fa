"""The two codecs as filters of lines: EXIficient through Driver.java, and our command line."""

import json
import pathlib
import shutil
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
SCHEMAS = ROOT / ".cache/schemas"
CLASSES = ROOT / ".cache/exi/classes"


def stop(message, code=3):
    print(f"exi: {message}", file=sys.stderr)
    sys.exit(code)


def prepare():
    """Schemas and the encoder in place, and our driver compiled."""
    if subprocess.run([sys.executable, str(ROOT / "scripts/fetch-schemas")], stdin=subprocess.DEVNULL).returncode != 0:
        stop("the schemas and the encoder are not in place; see above")
    if not shutil.which("javac"):
        stop("no javac on PATH; scripts/setup --peers installs one")
    sources = sorted(HERE.glob("*.java"))
    newest = max(each.stat().st_mtime for each in [*sources, SCHEMAS / "EXICodec.jar"])
    done = CLASSES / "Driver.class"
    if not done.is_file() or done.stat().st_mtime < newest:
        CLASSES.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(["javac", "-d", str(CLASSES), "-cp", str(SCHEMAS / "EXICodec.jar"),
                                 *map(str, sources)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if result.returncode != 0:
            stop(f"javac could not compile the driver\n{result.stderr}")


class EXIficient:
    """A running driver. Options go to Driver.java."""

    def __init__(self, *options):
        # One thread for everything: this machine may be shared, and the run is short.
        self.process = subprocess.Popen(
            ["java", "-Xmx1g", "-Xss4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
             "--add-opens", "java.base/java.lang=ALL-UNNAMED",
             "-cp", f"{CLASSES}:{SCHEMAS / 'EXICodec.jar'}", "Driver", "--schemas", str(SCHEMAS), *map(str, options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, requests):
        """Answers to lines, in their order."""
        requests = list(requests)

        def feed():
            for line in requests:
                self.process.stdin.write(line + "\n")
            self.process.stdin.flush()

        writer = threading.Thread(target=feed)
        writer.start()
        answers = []
        for line in requests:
            answer = self.process.stdout.readline()
            if not answer.endswith("\n"):
                stop(f"the Java driver ended at: {line[:200]}")
            answers.append(answer[:-1])
        writer.join()
        return answers

    def encode(self, name, mode, documents):
        return self.ask(f"encode {name} {mode} {each}" for each in documents)

    def decode(self, name, mode, hexes):
        return self.ask(f"decode {name} {mode} {each}" for each in hexes)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


class Ours:
    """`v2g exi` with one document a line. A line that it cannot do is None, with the reason in `reasons`."""

    def __init__(self, program, limit=600):
        self.program = program
        self.limit = limit

    def _run(self, verb, name, mode, lines, *options):
        lines = list(lines)
        if not lines:
            return []
        command = [str(self.program), "exi", verb, "--set", name, *options]
        command += ["--fragment"] if mode == "fragment" else []
        try:
            result = subprocess.run([*command, "-"], input="".join(line + "\n" for line in lines), timeout=self.limit,
                                    capture_output=True, text=True, encoding="utf-8", errors="replace")
        except subprocess.TimeoutExpired:
            return [(None, f"no end within {self.limit} s: {' '.join(command)}")] * len(lines)
        answers = result.stdout.split("\n")
        if answers and answers[-1] == "":
            answers.pop()
        if len(answers) != len(lines):
            reason = f"{len(lines)} lines gave {len(answers)} (exit {result.returncode}): {result.stderr[:300]}"
            return [(None, reason)] * len(lines)
        return [self._judge(answer) for answer in answers]

    @staticmethod
    def _judge(answer):
        if answer.startswith("{"):
            try:
                value = json.loads(answer)
            except ValueError as error:
                return None, f"not JSON ({error}): {answer[:200]}"
            if isinstance(value, dict) and "error" in value:
                return None, answer
        return answer, None

    def decode(self, name, mode, hexes, xml=False):
        return self._run("decode", name, mode, hexes, *(["--xml"] if xml else []))

    def encode(self, name, mode, lines):
        return self._run("encode", name, mode, lines)
