// SPDX-License-Identifier: MIT

// A value that follows a request through all the tasks that work on it.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;

patio::context_var<std::string> request_id{"-"};

void log(const char* message) { std::printf("[%s] %s\n", request_id.get().c_str(), message); }

patio::async<> query() {
    co_await patio::sleep(10ms);
    log("asked the database");
}

patio::async<> handle(std::string id) {
    request_id.set(std::move(id));
    co_await patio::gather(query(), query());  // the children inherit the value
    log("done");
}

patio::async<> program() {
    co_await patio::gather(handle("red"), handle("blue"));
    log("idle");  // nothing that a child sets is seen here
}

int main() { patio::run(program()); }
