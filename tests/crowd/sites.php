<?php
// SPDX-License-Identifier: Apache-2.0
// One site of several, from the command line: installs WordPress if it is not there yet, writes a
// post, counts what there is. usage: php sites.php FOLDER PREFIX
[, $folder, $prefix] = $argv;
$_SERVER += ['HTTP_HOST' => "$prefix.example", 'REQUEST_METHOD' => 'GET', 'SERVER_PROTOCOL' => 'HTTP/1.1'];
putenv("SITE_PREFIX=$prefix");
define('WP_INSTALLING', true);
require "$folder/wp-load.php";
require "$folder/wp-admin/includes/upgrade.php";
if (!is_blog_installed())
    wp_install("The $prefix", 'admin', "admin@$prefix.example", true, '', 'a password');
update_option('template', 'theme');
update_option('stylesheet', 'theme');
wp_insert_post(['post_title' => date('c'), 'post_content' => str_repeat('Text. ', 200), 'post_status' => 'publish']);
echo wp_count_posts()->publish, " posts\n";
