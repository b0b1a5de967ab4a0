<?php /* SPDX-License-Identifier: Apache-2.0 */ ?>
<!DOCTYPE html>
<title><?php bloginfo('name'); ?></title>
<h1><?php bloginfo('name'); ?></h1>
<?php while (have_posts()) { the_post(); the_title('<h2>', '</h2>'); the_content(); } ?>
