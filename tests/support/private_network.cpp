// SPDX-License-Identifier: MIT

#include "private_network.hpp"

#include "child_process.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <sched.h>
#include <unistd.h>

namespace patio::test_support {

namespace {

constexpr int refused = 77;

bool run_command(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

/// The caller becomes root of a user namespace, which may do what it likes in the network that it
/// makes, and nowhere else.
bool enter() {
    const auto user = ::getuid();
    const auto group = ::getgid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    std::ofstream{"/proc/self/setgroups"} << "deny";
    std::ofstream{"/proc/self/uid_map"} << "0 " << user << " 1";
    std::ofstream{"/proc/self/gid_map"} << "0 " << group << " 1";
    return run_command("PATH=$PATH:/usr/sbin:/sbin ip link set lo up");
}

bool apply(const std::string& rules) {
    const std::string all =
        "flush ruleset\ntable inet t {\nchain in {\ntype filter hook input priority 0;\n" + rules +
        "\n}\n}\n";
    FILE* nft = ::popen("PATH=$PATH:/usr/sbin:/sbin nft -f - >/dev/null 2>&1", "w");
    if (nft == nullptr) return false;
    std::fputs(all.c_str(), nft);
    return ::pclose(nft) == 0;
}

}  // namespace

void set_packet_rules(const std::string& rules) {
    if (!apply(rules)) throw std::runtime_error{"nft refuses: " + rules};
}

int in_private_network(const std::string& rules, const std::function<int()>& body) {
    child_process child{[&] {
        if (!enter() || !apply(rules)) return refused;
        return body();
    }};
    child.wait();
    if (child.exit_status() != 0) std::fputs(child.output().c_str(), stderr);
    return child.exit_status();
}

std::string private_network_refusal() {
    static const std::string why =
        in_private_network("tcp dport 1 drop", [] { return 0; }) == 0
            ? ""
            : "network namespaces with nftables are not permitted here (or nft and ip are missing)";
    return why;
}

}  // namespace patio::test_support
