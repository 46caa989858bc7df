import { expect, test } from "vitest";
import { commandLineOf } from "./imagePrograms.ts";

const agnhost = "registry.k8s.io/e2e-test-images/agnhost:2.63.0";

test.each([
  ["the image's own", agnhost, [], [], ["/agnhost", "pause"]],
  ["args in place of the image's command", agnhost, [], ["netexec"], ["/agnhost", "netexec"]],
  ["a command in place of both", agnhost, ["sleep"], ["1"], ["sleep", "1"]],
  ["a shell", "busybox@sha256:0123", [], [], ["sh"]],
  ["nothing that is known", "localhost:5000/shop/web:1", [], [], []],
])("a container runs %s", (_name, image, command, args, expected) => {
  expect(commandLineOf({ image, command, args })).toEqual(expected);
});
