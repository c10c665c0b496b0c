/**
 * `pulumi` in the shell of a target. The settings of each of its stacks lie beside its state, not in the checkout; the CLI takes one file
 * for all stacks by PULUMI_OPTION_CONFIG_FILE. So a script in front of it gives it the file of the stack that the command line names, or
 * else PULUMI_STACK, or else the one that is selected.
 */
import * as fs from "fs";
import * as path from "path";

/** Writes the script; gives the folder for PATH. `pulumi`: the program behind it. */
export function pulumiWithSettings(folder: string, pulumi: string): string {
    const bin = path.join(folder, "bin");
    fs.mkdirSync(bin, { recursive: true, mode: 0o700 });
    const draft = path.join(bin, `pulumi.${process.pid}`);
    fs.writeFileSync(draft, script(folder, pulumi), { mode: 0o755 });
    fs.renameSync(draft, path.join(bin, "pulumi"));
    return bin;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const script = (folder: string, pulumi: string) => `#!/bin/sh
# Made by tools/cli/settings-of-stack.ts: each stack has settings of its own.
pulumi=${quoted(pulumi)}
folder=${quoted(folder)}
stack='' takes=''
for word in "$@"; do
    if [ "$takes" = stack ]; then stack=$word; fi
    case $takes,$word in
        stack,*) takes='' ;;
        *,--) break ;;
        *,-s | *,--stack) takes=stack ;;
        *,--stack=*) stack=\${word#--stack=} ;;
        *,-s?*) stack=\${word#-s} stack=\${stack#=} ;;
    esac
done
# These name it without an option.
case \${1:-},\${2:-},\${3:-} in
    stack,*,-* | stack,*,) ;;
    stack,init,* | stack,select,* | stack,rm,*) stack=\${stack:-$3} ;;
esac
stack=\${stack:-\${PULUMI_STACK:-$("$pulumi" stack --show-name 2>/dev/null </dev/null)}}
if [ -n "$stack" ]; then export PULUMI_OPTION_CONFIG_FILE="$folder/Pulumi.\${stack##*/}.yaml"; fi
exec "$pulumi" "$@"
`;
