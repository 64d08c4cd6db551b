from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name="chunk",
            name="batch_enabled",
            field=models.BooleanField(null=True),
        ),
    ]
