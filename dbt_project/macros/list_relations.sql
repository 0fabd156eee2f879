{% macro duckdb__list_relations_without_caching(schema_relation) %}
    {#-
        Replaces the adapter's own: information_schema.tables estimates the size of every table of every attached
        database, which over the lake's catalogue took over a second a schema, six times a night; this takes 0.05 s.
    -#}
    {% call statement('list_relations_without_caching', fetch_result=True) -%}
        with relations as (
            select schema_name, view_name as relation_name, 'view' as relation_type
            from duckdb_views()
            where database_name = '{{ schema_relation.database }}' and not internal
            union all
            select distinct duckdb_columns.schema_name, duckdb_columns.table_name, 'table'
            from duckdb_columns()
            anti join duckdb_views() as views
                on
                    duckdb_columns.database_name = views.database_name
                    and duckdb_columns.schema_name = views.schema_name
                    and duckdb_columns.table_name = views.view_name
            where duckdb_columns.database_name = '{{ schema_relation.database }}' and not duckdb_columns.internal
        )
        select
            '{{ schema_relation.database }}' as database,
            relation_name as name,
            schema_name as schema,
            relation_type as type
        from relations
        where lower(schema_name) = '{{ schema_relation.schema | lower }}'
    {%- endcall %}
    {{ return(load_result('list_relations_without_caching').table) }}
{% endmacro %}

{% macro duckdb__list_schemas(database) %}
    {#- As above: information_schema.schemata took 0.1 s each time it was asked, over the lake's catalogue. -#}
    {% call statement('list_schemas', fetch_result=True, auto_begin=False) -%}
        select schema_name from duckdb_schemas() where lower(database_name) = '{{ database | lower }}'
    {%- endcall %}
    {{ return(load_result('list_schemas').table) }}
{% endmacro %}
