// SPDX-License-Identifier: MIT

#include <patio/core/context_var.hpp>

#include <patio/core/errors.hpp>

#include <utility>

namespace patio::detail {

/// Contexts are immutable lists, newest first, that share their tails: a spawned task takes a count
/// of its spawner's list. Counts need no atomics: a loop's tasks share them, and nobody else.
///
/// A node hides older ones with its key, which are there only if there was no memory to leave them
/// out.
struct context_node {
    const void* key;
    context_value* value;  // null: none, and none of the older ones
    context_node* next;
    std::uint32_t refs;
};

namespace {

void drop_value(context_value* value) noexcept {
    if (value != nullptr && --value->refs == 0) delete value;
}

/// A list with one node more. Takes over a count of `value` and of `rest`, also when it fails.
context_node* prepended(const void* key, context_value* value, context_node* rest) {
    try {
        return new context_node{key, value, rest, 1};
    } catch (...) {
        drop_value(value);
        drop_context(rest);
        throw;
    }
}

context_value* share_value(context_value* value) noexcept {
    if (value != nullptr) ++value->refs;
    return value;
}

/// The list without `key`: the nodes before it are copied, those behind it shared. Takes no counts
/// over.
context_node* without(context_node* list, const void* key) {
    if (list == nullptr) return nullptr;
    context_node* rest = without(list->next, key);
    if (list->key == key) return rest;
    if (rest == list->next) {  // nothing changed below: share from here
        drop_context(rest);
        return share_context(list);
    }
    return prepended(list->key, share_value(list->value), rest);
}

bool has_node(const context_node* list, const void* key) noexcept {
    while (list != nullptr && list->key != key)
        list = list->next;
    return list != nullptr;
}

/// The running task's record; null if there is none, or no task.
task_record* record_here() noexcept {
    if (this_loop == nullptr || this_loop->current == nullptr) return nullptr;
    return this_loop->current->extra.record();
}

}  // namespace

context_value::~context_value() = default;

context_node* share_context(context_node* context) noexcept {
    if (context != nullptr) ++context->refs;
    return context;
}

void drop_context(context_node* context) noexcept {
    while (context != nullptr && --context->refs == 0) {
        context_node* next = context->next;
        drop_value(context->value);
        delete context;
        context = next;
    }
}

context_value* find_in_context(const void* key) noexcept {
    const task_record* record = record_here();
    if (record == nullptr) return nullptr;
    for (const context_node* node = record->context; node != nullptr; node = node->next) {
        if (node->key == key) return node->value;
    }
    return nullptr;
}

void set_in_context(const void* key, context_value* value) {
    if (this_loop == nullptr || this_loop->current == nullptr) {
        drop_value(value);
        throw usage_error("a context_var was set outside of a task");
    }
    task_record* record = nullptr;
    context_node* changed = nullptr;
    try {
        record = &record_of(*this_loop->current);
        changed = without(record->context, key);
    } catch (...) {
        drop_value(value);
        throw;
    }
    if (value != nullptr) changed = prepended(key, value, changed);
    drop_context(std::exchange(record->context, changed));
}

context_backup::context_backup(const void* key)
    : node_{new context_node{key, nullptr, nullptr, 1}} {
    node_->value = share_value(find_in_context(key));
}

context_backup::~context_backup() {
    task_record* record = record_here();
    if (record == nullptr) {  // nothing is set here
        drop_context(node_);
        return;
    }
    const void* key = node_->key;
    context_node* restored = nullptr;
    try {
        restored = without(record->context, key);
    } catch (...) {
        restored = share_context(record->context);  // hidden below what was before
    }
    if (node_->value == nullptr && !has_node(restored, key)) {
        drop_context(node_);
    } else {
        node_->next = restored;
        restored = node_;
    }
    drop_context(std::exchange(record->context, restored));
}

}  // namespace patio::detail
