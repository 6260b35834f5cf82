// SPDX-License-Identifier: MIT

// What the pictures of the lesson show, recorded. tools/draw.py draws it:
//
//     tools/draw.py --from build/dev/examples/pictures docs/lesson/pictures

#include "scene.hpp"

#include <patio/debug/dump_tasks.hpp>

using namespace std::chrono_literals;
using pictures::scene;
using bar = scene::bar;

namespace {

// --- one after the other, or all at once

patio::async<> fetch(scene& on, const char* name) {
    const bar waiting{on, name, "waits"};
    co_await patio::sleep(300ms);
}

patio::async<> sequential(scene& on) {
    co_await fetch(on, "fetch 1");
    co_await fetch(on, "fetch 2");
    co_await fetch(on, "fetch 3");
}

patio::async<> concurrent(scene& on) {
    co_await patio::gather(fetch(on, "fetch 1"), fetch(on, "fetch 2"), fetch(on, "fetch 3"));
}

// --- one guest blocks, the others are polite

patio::async<> polite(scene& on, const char* name) {
    const bar waiting{on, name, "waits"};
    co_await patio::sleep(300ms);
}

patio::async<> rude(scene& on) {
    const bar blocking{on, "rude guest", "blocks"};
    on.block(800ms);
    co_return;
}

patio::async<> dinner(scene& on) {
    co_await patio::gather(polite(on, "guest 1"), polite(on, "guest 2"), rude(on));
}

// --- the waiter's evening

patio::async<> table_one(scene& on) {
    on.step("table 1", "orders soup");
    co_await patio::sleep(300ms);  // the kitchen cooks
    on.step("table 1", "is served");
}

patio::async<> table_two(scene& on) {
    on.step("table 2", "asks for water");
    co_await patio::sleep(100ms);
    on.step("table 2", "orders cake");
    co_await patio::sleep(200ms);
    on.step("table 2", "is served");
}

patio::async<> table_three(scene& on) {
    on.step("table 3", "pays");
    co_return;
}

patio::async<> evening(scene& on) {
    co_await patio::gather(table_one(on), table_two(on), table_three(on));
}

// --- a timeout cuts off three coroutines, the innermost first

patio::async<> bake(scene& on) {
    const bar frame{on, "bake()", "waits"};
    co_await patio::sleep(1h);
}

patio::async<> cook(scene& on) {
    const bar frame{on, "cook()", "waits"};
    co_await bake(on);
}

patio::async<> serve(scene& on) {
    const bar frame{on, "serve()", "waits"};
    co_await cook(on);
}

patio::async<> cut_off(scene& on) {
    (void)co_await patio::move_on_after(200ms, serve(on));
    const bar frame{on, "whoever waited", "goes on"};
    co_await patio::sleep(100ms);
}

// --- who waits for whom

patio::async<> read_orders(patio::queue<int>& orders) {
    while (const auto order = co_await orders.next()) {}
}

patio::async<> work(patio::duration length) { co_await patio::sleep(length); }

patio::async<> kitchen(patio::queue<int>& orders) {
    co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
        group.spawn(read_orders(orders)).set_name("orders");
        group.spawn(work(3s)).set_name("soup");
        group.spawn(work(5s)).set_name("cake");
        co_return;
    });
}

patio::async<> tell_the_tree(patio::queue<int>& orders) {
    co_await patio::sleep(1s);
    const patio::shared_text tree = patio::task_tree();
    std::printf("%s\n", tree.c_str());
    orders.shutdown();
}

patio::async<> restaurant() {
    patio::queue<int> orders{5};
    co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
        group.spawn(kitchen(orders)).set_name("kitchen");
        group.spawn(work(4s)).set_name("music");
        group.spawn(tell_the_tree(orders)).set_name("the one who asks");
        co_return;
    });
}

}  // namespace

int main() {
    {
        scene on{"sequential", "timeline", "one after the other"};
        on.run(sequential(on));
    }
    {
        scene on{"concurrent", "timeline", "all at once"};
        on.run(concurrent(on));
    }
    {
        scene on{"blocking", "timeline", "one of them blocks"};
        on.run(dinner(on));
    }
    {
        scene on{"turns", "turns", "the loop's evening"};
        on.run(evening(on));
    }
    {
        scene on{"cancelled", "unwinding", "a timeout after 200 ms"};
        on.run(cut_off(on));
    }
    {
        scene on{"tree", "tree", "who waits for whom"};
        on.run(restaurant());
    }
}
