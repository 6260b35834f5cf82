// SPDX-License-Identifier: MIT

#include <patio/core/detail/wait_node.hpp>

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::detail::node_list;
using patio::detail::ready_queue;
using patio::detail::wait_kind;
using patio::detail::wait_node;

TEST(ready_queue, is_first_in_first_out_and_taken_as_a_whole) {
    ready_queue queue;
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.take_all(), nullptr);
    wait_node nodes[3];
    for (auto& node : nodes)
        queue.push(node);
    EXPECT_FALSE(queue.empty());
    wait_node* batch = queue.take_all();
    EXPECT_TRUE(queue.empty());
    for (auto& node : nodes) {
        ASSERT_EQ(batch, &node);
        batch = static_cast<wait_node*>(batch->next);
    }
    EXPECT_EQ(batch, nullptr);
}

TEST(ready_queue, keeps_what_comes_later_for_the_next_batch) {
    ready_queue queue;
    wait_node nodes[2];
    queue.push(nodes[0]);
    wait_node* batch = queue.take_all();
    queue.push(nodes[1]);
    EXPECT_EQ(batch, &nodes[0]);
    EXPECT_EQ(batch->next, nullptr);
    EXPECT_EQ(queue.take_all(), &nodes[1]);
}

TEST(node_list, is_first_in_first_out) {
    node_list list;
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.front(), nullptr);
    EXPECT_EQ(list.pop_front(), nullptr);
    wait_node nodes[3];
    for (auto& node : nodes)
        list.push_back(node);
    EXPECT_EQ(list.front(), &nodes[0]);
    EXPECT_EQ(list.after(nodes[0]), &nodes[1]);
    EXPECT_EQ(list.after(nodes[2]), nullptr);
    for (auto& node : nodes)
        EXPECT_EQ(list.pop_front(), &node);
    EXPECT_TRUE(list.empty());
}

TEST(node_list, lets_nodes_leave_from_anywhere) {
    for (std::size_t leaving = 0; leaving < 3; ++leaving) {
        node_list list;
        wait_node nodes[3];
        for (auto& node : nodes)
            list.push_back(node);
        node_list::remove(nodes[leaving]);
        std::vector<wait_node*> left;
        while (auto* node = list.pop_front())
            left.push_back(node);
        ASSERT_EQ(left.size(), 2U);
        EXPECT_EQ(left[0], &nodes[leaving == 0 ? 1 : 0]);
        EXPECT_EQ(left[1], &nodes[leaving == 2 ? 1 : 2]);
    }
}

TEST(wait_kind, has_a_name_for_each_kind) {
    std::set<std::string> names;
    for (int kind = 0; kind <= static_cast<int>(wait_kind::shared_receive); ++kind) {
        names.insert(patio::detail::name_of(static_cast<wait_kind>(kind)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(wait_kind::shared_receive) + 1);
}

}  // namespace
