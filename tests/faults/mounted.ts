/** The Secrets that members mount. */
import type { World } from "./world";

/** A Secret of some kind, as the newest template names it. */
export const mountedOf = ({ stack }: World, volume: string) =>
    stack.kubectl(
        ...["get", "statefulset", stack.name, "-o"],
        `jsonpath={.spec.template.spec.volumes[?(@.name=="${volume}")].secret.secretName}`,
    );
export const secretOf = ({ stack }: World, name: string) =>
    stack.kubectl("get", "secret", name, "--ignore-not-found", "-o", "jsonpath={.data}");
