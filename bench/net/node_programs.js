// SPDX-License-Identifier: MIT

// The benchmarks for Node that need no load: `node node_programs.js BENCH [COUNT]` prints one line.
'use strict';

const { spawn } = require('child_process');
const fs = require('fs');

function run() {
    return new Promise((resolve, reject) => {
        const child = spawn('/bin/true', [], { stdio: 'inherit' });
        child.on('error', reject);
        child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`))));
    });
}

/// The CPU time of this process and of the children that it has waited for, in ticks of 10 ms:
/// Node itself does not tell that of the children.
function cpuTicks() {
    const fields = fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

async function main() {
    const [name, count = '200'] = process.argv.slice(2);
    if (name === '--about') {
        console.log(`Node ${process.versions.node}`);
        return;
    }
    if (name !== 'spawn_process') process.exit(3);
    const ticks = cpuTicks();
    const wall = process.hrtime.bigint();
    for (let i = 0; i < Number(count); i++) await run();
    console.error(`wall_ns ${Number(process.hrtime.bigint() - wall) / Number(count)}`);
    console.log(`${name} ${((cpuTicks() - ticks) * 1e7) / Number(count)} ns`);
}

main();
