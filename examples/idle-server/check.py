"""What the check is, and what it asks the host."""

from comfycheck_sdk import Check, HostError, NotApplicable, OpenQuestion, ask, export, host, readme_rules

from rules import busy


class IdleServer(Check):
    name = "idle-server"
    summary = "nothing else runs on the ComfyUI server"
    scopes = ["deployment"]
    rules = readme_rules({"busy-server": "warning"})
    settings_schema = {
        "type": "object",
        "properties": {"most": {"type": "integer", "minimum": 0, "default": 0, "examples": [2]}},
        "additionalProperties": False,
    }

    def run(self, scope, settings):
        try:
            response = ask(host.http.get, "/queue")
        except HostError as error:
            if error.kind == "not-offered":
                raise NotApplicable(error.message)
            return [OpenQuestion("busy-server", error.message or "the server denies access to its queue")]
        return busy(response.status, response.body, settings.get("most", 0))


Checker = export(IdleServer())
